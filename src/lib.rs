//! Access tokens for other tools. A profile's key signs a JWT, a provider exchanges it for a token, the token is cached
//! on disk, and the tool gets it in its own form. The modules are in the order of the arrows: each imports only modules
//! below it.

// A call, and what answers it.
pub mod cli; // argv and environment become a call
pub mod registry; // the tables of protocols and of commands as one
pub mod command; // what a user types: a row each
pub mod mock; // an imitation of a provider, for trying out and for tests
pub mod onboarding; // a file or the user's answers become a profile
pub mod lifecycle; // what becomes of a written profile: another name, other hosts, the end
pub mod protocol; // the forms in which callers want a token: a row each
pub mod profile_tokens; // the tokens of the user's profiles
pub mod selection; // which profile answers, and whether this server may have its token
pub mod tokens; // what protocols ask for, and what they get
pub mod call; // a call's options and deadline, and where the answer goes
pub mod command_spec; // what the command line knows about a command

// The story, and what it needs.
pub mod token_source; // one process requests a token for all; no call waits while a token is valid
pub mod freshness; // the three zones of a token's life
pub mod store; // the record of an identity, and which process may request a token
pub mod provider; // whose credentials: a row for each kind
pub mod grant; // the ways to request a token
pub mod profile; // a user's credential, and where its values come from
pub mod crypto; // keys, signatures, certificates
pub mod http; // the client, and its limits

// Leaves and the platform.
pub mod log;
pub mod progress; // what a call on a terminal waits for
pub mod colour;
pub mod token;
pub mod jwt; // what a token says of itself
pub mod host;
pub mod local_time; // times for people
pub mod clock;
pub mod sys; // what the platform gives
pub mod environment;
pub mod deadline;
pub mod error;
pub mod redaction;
pub mod secret;
pub mod json_members;
pub mod random;
pub mod text;
