//! Every test that needs more than one module, in one binary: one link, and one list of what is tested.

mod support; // a database each, a program, a register, users
