//! The opcodes that stand where a value's type could stand.

/// What precedes the slots that a node was importing (Valkey 9).
pub(crate) const SLOT_IMPORT: u8 = 243;
/// How many keys a slot has (Redis 7.4 and later).
pub(crate) const SLOT_INFO: u8 = 244;
/// A function library.
pub(crate) const FUNCTION: u8 = 245;
/// A function library of a release candidate of Redis 7.0, which no server reads any more.
pub(crate) const FUNCTION_PRE_GA: u8 = 246;
/// What a module keeps beside the keys.
pub(crate) const MODULE_AUX: u8 = 247;
/// Seconds since the next key was used.
pub(crate) const IDLE: u8 = 248;
/// How often the next key is used.
pub(crate) const FREQ: u8 = 249;
/// A named fact about the file.
pub(crate) const AUX: u8 = 250;
/// How many keys and expiries the database has, as a hint.
pub(crate) const RESIZEDB: u8 = 251;
/// When the next key expires, in milliseconds.
pub(crate) const EXPIRETIME_MS: u8 = 252;
/// When the next key expires, in seconds.
pub(crate) const EXPIRETIME: u8 = 253;
/// The database that the next keys are in.
pub(crate) const SELECTDB: u8 = 254;
/// The end of the file; only the checksum follows.
pub(crate) const EOF: u8 = 255;
