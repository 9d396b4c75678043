"""Writers: one file a format, each a table from kinds of blocks to output. A new format is one file here."""
