"""Looking at a run from outside: the files of its folder and its journal, read and never written."""
