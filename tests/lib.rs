//! Nothing of its own: this package holds the tests of the whole, which stand in `all/`.
