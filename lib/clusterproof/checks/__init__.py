"""One file per requirement of the checklist; the file name is the requirement id."""
