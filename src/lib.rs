//! Access tokens for other tools: a profile's key signs a JWT, a provider gives a token for it, the disk keeps
//! it, and the tool that asked has it in its own form. In the order of the arrows: a module imports what is below it.

// A call, and who answers it.
pub mod cli; // argv and environment become a call
pub mod registry; // all that can be called: both tables as one
pub mod command; // what a person types: a row each
pub mod sandbox; // an imitation of a provider, for a first look and for tests
pub mod onboarding; // a file or answers become a profile
pub mod protocol; // the forms in which callers want a token: a row each
pub mod tokens; // what protocols ask for, and who answers
pub mod selection; // which profile answers, and whether this server may have its token
pub mod call; // what a caller asks, and where the answer goes
pub mod command_spec; // what the command line knows of a command

// The story, and what it needs.
pub mod token_source; // one mints for all, and nobody waits while a token is good
pub mod freshness; // the three zones of a token's life
pub mod store; // the record of an identity, and who may mint
pub mod provider; // whose credentials: a row each
pub mod grant; // the ways to get a token
pub mod profile; // what a grant is given to work with
pub mod crypto; // keys, signatures, certificates
pub mod http; // the one client, and its limits

// Below all this.
pub mod log;
pub mod token;
pub mod host;
pub mod clock;
pub mod sys; // what the platform gives
pub mod environment;
pub mod deadline;
pub mod error;
pub mod redaction;
pub mod secret;
pub mod random;
pub mod text;
