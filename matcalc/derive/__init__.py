"""The derivation: name, differentiate, isolate the differentials of the variables, simplify.

dJ is pushed back one definition at a time. The factor of dz (the gradient with respect to z) is collected from all uses
of z before it is pushed through z's own definition, so work and output are linear in the program.
This room records rewritings; it neither parses nor prints nor verifies.
"""

from matcalc.derive.forms import factored, simplified
from matcalc.derive.gradients import derive
from matcalc.derive.record import Record

__all__ = ["Record", "derive", "factored", "simplified"]
