//! The channels, against servers that really listen.

mod email;
