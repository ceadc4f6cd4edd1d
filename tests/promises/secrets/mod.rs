//! No secret leaves the process but to the endpoint, and no token but in the answer and the record. Canaries stand for
//! all of them, the program does all it can do, well and badly, and everything that it wrote or started is searched.

mod calls;
mod everywhere;
mod failing;
mod lookout;
mod memory;
mod misplaced;
mod net;
mod surroundings;
mod types;
mod ways;
mod wiped;
