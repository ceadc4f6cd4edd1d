//! Providers and grants other than Adobe's, with the servers and libraries of others where there are any.

mod github_app;
