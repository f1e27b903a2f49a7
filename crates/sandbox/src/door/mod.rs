//! The two ways in (loopback HTTP and the SDK's own client without sockets) and the router behind both.

pub mod call;
pub mod http;
pub(crate) mod in_process;
pub mod log;
pub(crate) mod refusal;
pub(crate) mod router;
mod s3_action;
mod sts;
pub mod window;
