//! Where tokens are kept between calls, and who may mint one. [`disk::Disk`] is the first such place.

mod disk;
mod lock;
mod record;

pub use disk::{Disk, Guard, Saved};
pub use record::{BackOff, Failure, Kept, LastExchange, Record};

/// What came of the wish to mint a token.
pub enum Claim<T> {
    /// Nobody else is minting: this process shall.
    Mine(Box<Guard>),
    /// Somebody else's exchange answered the call.
    Answered(T),
    /// The call's time is over, or too little is left to begin.
    TooLate,
}
