//! The journeys, each read from top to bottom like a story.

mod plan_a_class;
mod remind;
//! What people do from beginning to end.

mod sign_up;
