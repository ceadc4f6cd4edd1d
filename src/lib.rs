//! Access tokens for other tools: a profile's key signs a JWT, Adobe's IMS gives a token for it, the disk keeps
//! it, and the tool that asked has it in its own form. In the order of the arrows: a module imports what is below it.

// A call, and who answers it.
pub mod cli; // argv and environment become a call
pub mod registry; // all that can be called: both tables as one
pub mod command; // what a person types: a row each
pub mod protocol; // the forms in which callers want a token: a row each
pub mod process; // this process among others
pub mod tokens; // what protocols ask for, and who answers
pub mod selection; // which profile answers, and whether this server may have its token
pub mod call; // what a caller asks, and where the answer goes
pub mod command_spec; // what the command line knows of a command

// The story, and what it needs.
pub mod token_source; // one mints for all, and nobody waits while a token is good
pub mod freshness; // the three zones of a token's life
pub mod store; // the record of an identity, and who may mint
pub mod grant; // the ways to get a token: a row each
pub mod profile; // what a grant is given to work with
pub mod certificate; // until when, and for which key
pub mod sign; // claims to a signed JWT
pub mod key; // a private key, in the forms that are read
pub mod http; // the one client, and its limits
pub mod authorities; // who may vouch for an endpoint
pub mod names; // the addresses of an endpoint
pub mod proxy; // the way to it

// Below all this.
pub mod log;
pub mod misplaced;
pub mod stdin;
pub mod terminal;
pub mod new_file;
pub mod trusted_file;
pub mod private_file;
pub mod token;
pub mod host;
pub mod pem;
pub mod aside;
pub mod environment;
pub mod deadline;
pub mod clock;
pub mod error;
pub mod redaction;
pub mod secret;
pub mod random;
pub mod hex;
