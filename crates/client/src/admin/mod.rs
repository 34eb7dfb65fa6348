//! Administration of topics, configurations, groups and offsets.
