"""`python -m matcalc`."""

from matcalc.cli import main

if __name__ == "__main__":
    main()
