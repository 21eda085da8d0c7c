//! The third floor towards time: ticks that call use cases. Running any of them twice changes nothing.
