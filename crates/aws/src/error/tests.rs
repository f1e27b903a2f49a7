//! The sorting of errors, by what AWS and the transport really answer.
