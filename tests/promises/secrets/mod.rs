//! Secrets leave the process only to the endpoint, and tokens only in the answer and the record. Canaries take the
//! place of both. The program runs in all its ways, with success and failure, and everything that it wrote or started
//! is searched.

mod calls;
mod everywhere;
mod failing;
mod lookout;
mod memory;
mod misplaced;
pub(crate) mod net;
mod surroundings;
mod types;
mod ways;
mod wiped;
