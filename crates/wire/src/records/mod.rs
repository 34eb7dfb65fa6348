//! Record batches (magic 2, and older ones read-only).
