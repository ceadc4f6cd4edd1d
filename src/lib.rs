//! Access tokens for other tools: a profile's key signs a JWT, Adobe's IMS gives a token for it, the disk keeps
//! it, and the tool that asked has it in its own form. In reading order:

pub mod authorities; // who may vouch for an endpoint
pub mod call; // what a caller asks, and where the answer goes
pub mod cli; // argv and environment become a call
pub mod clock; // from here on, leaves: they import nothing of ours but one another
pub mod command; // what a person types: status, forget, sandbox
pub mod deadline;
pub mod desk; // which profile answers
pub mod environment;
pub mod error;
pub mod grant; // the ways to get a token: a row each
pub mod hex;
pub mod host;
pub mod http; // the one client, and its limits
pub mod key; // a private key, in the forms that are read
pub mod log;
pub mod private_file;
pub mod profile; // what a grant is given to work with
pub mod protocol; // the forms in which callers want a token: a row each
pub mod proxy; // the way to an endpoint
pub mod random;
pub mod secret;
pub mod sign; // claims to a signed JWT
pub mod source; // the story: fresh, ageing, wanting; one mints for all
pub mod store; // the record of an identity, and who may mint
pub mod token;
pub mod verb;
