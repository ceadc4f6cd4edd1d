//! Wipes a request from ureq's buffers as soon as it is sent: ureq frees them with what they held.

use ureq::Error;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};
use zeroize::Zeroize as _;

/// The last link of a chain of connectors.
#[derive(Debug)]
pub(super) struct WipedConnector;

impl<T: Transport> Connector<T> for WipedConnector {
    type Out = Wiped<T>;

    fn connect(&self, _: &ConnectionDetails, chained: Option<T>) -> Result<Option<Wiped<T>>, Error> {
        Ok(chained.map(Wiped))
    }
}

#[derive(Debug)]
pub(super) struct Wiped<T>(T);

impl<T: Transport> Transport for Wiped<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let sent = self.0.transmit_output(amount, timeout);
        // ureq reads a body into the first of them, and encodes it into the second.
        let (body, output) = self.0.buffers().tmp_and_output();
        for used in [body, output] {
            // No more than was sent: to wipe both buffers whole was a tenth of a token request's instructions.
            let amount = amount.min(used.len());
            used[..amount].zeroize();
        }
        sent
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.0.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    fn is_tls(&self) -> bool {
        self.0.is_tls()
    }
}
