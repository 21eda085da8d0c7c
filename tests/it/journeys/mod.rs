//! The journeys of the house, each told from top to bottom.

mod plan_a_class;
//! The journeys, each read from top to bottom like a story.

mod remind;
