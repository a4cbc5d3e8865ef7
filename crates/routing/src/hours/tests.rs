//! Hours against a slow, obvious reference.
