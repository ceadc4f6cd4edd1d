//! Many processes at once, and how long a failure is shared.

mod cool_down;
mod interrupted;
mod patience;
mod refused;
mod sent;
mod stampede;
