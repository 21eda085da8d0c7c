//! The journeys of the house, each told from top to bottom.

mod plan_a_class;
