//! What was answered is stored, whatever happens to the program in the next moment.

mod kill;
mod order;
