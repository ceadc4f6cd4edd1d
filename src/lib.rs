//! Access tokens for other tools: a profile's key signs a JWT, Adobe's IMS gives a token for it, the disk keeps
//! it, and the tool that asked has it in its own form. In reading order:

pub mod process; // first of all: nobody looks in

// A call, and who answers it.
pub mod verb; // what the command line knows of a row
pub mod rows; // all that can be called: both tables as one
pub mod cli; // argv and environment become a call
pub mod call; // what a caller asks, and where the answer goes
pub mod protocol; // the forms in which callers want a token: a row each
pub mod command; // what a person types: a row each
pub mod desk; // which profile answers
pub mod profile; // what a grant is given to work with

// The story, and what it needs.
pub mod source; // one mints for all, and nobody waits while a token is good
pub mod freshness; // the three zones of a token's life
pub mod store; // the record of an identity, and who may mint
pub mod grant; // the ways to get a token: a row each
pub mod crypto; // keys, signatures, certificates
pub mod http; // the one client, and its limits

// What the platform gives.
pub mod sys;

// Leaves: they know nothing of all this.
pub mod clock;
pub mod deadline;
pub mod environment;
pub mod error;
pub mod host;
pub mod log;
pub mod misplaced;
pub mod random;
pub mod redaction;
pub mod secret;
pub mod stdin;
pub mod terminal;
pub mod text;
pub mod token;
pub mod trusted_file;
