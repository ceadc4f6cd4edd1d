//! The conversation with the server of a shared cache, in RESP2, which Redis and Valkey speak. It is bounded in time and
//! in bytes. An error is a text for `status` and `--verbose`, without a secret.

use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use redis_protocol::resp2::decode::decode;
use redis_protocol::resp2::types::OwnedFrame;

use super::address::{Address, Server};
use crate::clock::{Timestamp, millis, now};
use crate::error::quoted;
use crate::http::connection::{self, Connection};

/// The longest answer that is read.
const LONGEST: usize = 64 * 1024;
/// No answer to our commands has more. The parser recurses, so that a hostile answer could exhaust the stack.
const MOST_ARRAYS: usize = 64;
/// Removes a lock or a record only if its value begins so.
const REMOVE_IF: &[u8] = b"if redis.call('GETRANGE',KEYS[1],0,#ARGV[1]-1)==ARGV[1] then \
    return redis.call('DEL',KEYS[1]) else return 0 end";

/// A command and its arguments.
type Words<'a> = Vec<&'a [u8]>;

pub(super) struct Session {
    connection: Box<dyn Connection>,
    /// What it may cost a call in all, unless another machine is waited for.
    budget: Duration,
    left: Duration,
}

/// What is kept for some time.
pub(super) struct Stored {
    pub(super) name: String,
    pub(super) value: Vec<u8>,
    pub(super) life: Duration,
}

/// What the server had at one moment.
pub(super) struct Seen {
    /// The values of the keys that were asked for.
    pub(super) values: Vec<Option<Vec<u8>>>,
    /// The server's clock, in milliseconds since 1970.
    pub(super) server_ms: u64,
    /// The answer was made between these times of this machine.
    pub(super) before: Timestamp,
    pub(super) after: Timestamp,
}

impl Session {
    pub(super) fn connect(address: &Address, ca_file: Option<&Path>, budget: Duration) -> Result<Self, String> {
        let began = Instant::now();
        let end = began + budget;
        let connection = match &address.server {
            Server::Host { host, port, tls: true } => connection::tls(host, *port, ca_file, end),
            Server::Host { host, port, tls: false } => connection::plain(host, *port, end),
            Server::Socket(path) => connection::local(path, end),
        };
        let connection = connection.map_err(|error| described(&error))?;
        let mut session = Self { connection, budget, left: budget.saturating_sub(began.elapsed()) };
        session.log_in(address)?;
        Ok(session)
    }

    fn log_in(&mut self, address: &Address) -> Result<(), String> {
        let database = address.database.map(|number| number.to_string());
        let mut commands: Vec<Words> = Vec::new();
        if let Some(password) = &address.password {
            let user = address.user.iter().map(String::as_bytes);
            commands.push([&b"AUTH"[..]].into_iter().chain(user).chain([password.reveal().as_bytes()]).collect());
        }
        commands.extend(database.iter().map(|number| vec![&b"SELECT"[..], number.as_bytes()]));
        if commands.is_empty() {
            return Ok(());
        }
        let frames = self.answers(&commands)?;
        let (login, others) = frames.split_at(usize::from(address.password.is_some()).min(frames.len()));
        login.iter().try_for_each(refused_login)?;
        others.iter().try_for_each(complaint)
    }

    /// Sets the time for the next answers, at most the budget: the call was waiting for another machine.
    pub(super) fn renew(&mut self, time: Duration) {
        self.left = self.budget.min(time);
    }

    pub(super) fn look(&mut self, keys: &[String]) -> Result<Seen, String> {
        self.seen(Vec::new(), keys).map(|(_, seen)| seen)
    }

    /// Tries to lock, and looks. Whether it is locked now by this ticket.
    pub(super) fn lock(
        &mut self,
        (lock, ticket): (&str, &str),
        life: Duration,
        keys: &[String],
    ) -> Result<(bool, Seen), String> {
        let life = millis(life).max(1).to_string();
        let set = vec![&b"SET"[..], lock.as_bytes(), ticket.as_bytes(), b"NX", b"PX", life.as_bytes()];
        let answer = self.seen(vec![set], keys);
        if answer.is_err() {
            // A slow server may still run the SET later. This removal waits behind it, and ends a lock that no process holds.
            self.connection.set_end(Instant::now());
            let _ = self.send(&[removal(lock, ticket.as_bytes())]);
        }
        let (frames, seen) = answer?;
        Ok((!matches!(frames.first(), Some(OwnedFrame::Null)), seen))
    }

    /// Keeps a record, and releases the lock.
    pub(super) fn put(&mut self, entry: &Stored, (lock, ticket): (&str, &str)) -> Result<(), String> {
        let life = millis(entry.life).max(1).to_string();
        let set = vec![&b"SET"[..], entry.name.as_bytes(), &entry.value, b"PX", life.as_bytes()];
        let frames = self.answers(&[set, removal(lock, ticket.as_bytes())])?;
        // Where an ACL denies scripts, the lock ends by itself.
        frames.first().map_or(Ok(()), complaint)
    }

    /// Removes a lock or a record if its value begins so.
    pub(super) fn remove_if(&mut self, name: &str, start: &[u8]) -> Result<(), String> {
        self.ask(&[removal(name, start)]).map(drop)
    }

    /// Removes what has these names. Whether there was any.
    pub(super) fn remove(&mut self, names: &[String]) -> Result<bool, String> {
        let frames = self.ask(&[[&b"DEL"[..]].into_iter().chain(names.iter().map(String::as_bytes)).collect()])?;
        Ok(matches!(frames.first(), Some(OwnedFrame::Integer(1..))))
    }

    /// Sends the commands, and then asks for the keys and the time. Returns the answers to the former.
    fn seen<'w>(
        &mut self,
        mut commands: Vec<Words<'w>>,
        keys: &'w [String],
    ) -> Result<(Vec<OwnedFrame>, Seen), String> {
        commands.push([&b"MGET"[..]].into_iter().chain(keys.iter().map(String::as_bytes)).collect());
        commands.push(vec![b"TIME"]);
        let before = now();
        let mut frames = self.ask(&commands)?;
        let after = now();
        let (time, values) = (frames.pop(), frames.pop());
        let values = array(values)?.into_iter().map(|value| match value {
            OwnedFrame::BulkString(bytes) => Some(bytes),
            _ => None,
        });
        let values: Vec<_> = values.collect();
        let server_ms = milliseconds(array(time)?).ok_or(NO_REDIS)?;
        if values.len() == keys.len() {
            Ok((frames, Seen { values, server_ms, before, after }))
        } else {
            Err(NO_REDIS.into())
        }
    }

    /// The answers, none of which is an error.
    fn ask(&mut self, commands: &[Words]) -> Result<Vec<OwnedFrame>, String> {
        let frames = self.answers(commands)?;
        frames.iter().try_for_each(complaint)?;
        Ok(frames)
    }

    fn answers(&mut self, commands: &[Words]) -> Result<Vec<OwnedFrame>, String> {
        // A server that has answered so far gets some time in any case: it may be slow for once.
        let (began, limit) = (Instant::now(), self.left.max(self.budget / 3));
        self.connection.set_end(began + limit);
        let answers = self.converse(commands).map_err(|error| described(&error));
        self.left = self.left.saturating_sub(began.elapsed());
        answers
    }

    fn send(&mut self, commands: &[Words]) -> io::Result<()> {
        self.connection.write_all(&packed(commands)?)?;
        self.connection.flush()
    }

    fn converse(&mut self, commands: &[Words]) -> io::Result<Vec<OwnedFrame>> {
        self.send(commands)?;
        let (mut bytes, mut frames, mut buffer) = (Vec::new(), Vec::new(), [0; 4096]);
        while frames.len() < commands.len() {
            check(&bytes)?;
            match decode(&bytes).map_err(|_| io::Error::other(NO_REDIS))? {
                Some((frame, length)) => {
                    frames.push(frame);
                    bytes.drain(..length);
                }
                None => match self.connection.read(&mut buffer) {
                    Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                    Ok(read) => bytes.extend_from_slice(&buffer[..read]),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                },
            }
        }
        Ok(frames)
    }
}

const NO_REDIS: &str = "it does not answer as Redis does";

fn removal<'a>(name: &'a str, start: &'a [u8]) -> Words<'a> {
    vec![b"EVAL", REMOVE_IF, b"1", name.as_bytes(), start]
}

/// Each command is an array of bulk strings: <https://redis.io/docs/latest/develop/reference/protocol-spec/>. The crate's
/// own encoder calls the logarithm, for which every call of the program would load the C library's libm.
fn packed(commands: &[Words]) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    for words in commands {
        write!(all, "*{}\r\n", words.len())?;
        for word in words {
            write!(all, "${}\r\n", word.len())?;
            all.extend_from_slice(word);
            all.extend_from_slice(b"\r\n");
        }
    }
    Ok(all)
}

/// Refuses what is too long or too deep for the parser.
fn check(bytes: &[u8]) -> io::Result<()> {
    let arrays = bytes.windows(3).filter(|window| window == b"\r\n*").count();
    if bytes.len() > LONGEST || arrays > MOST_ARRAYS { Err(io::Error::other("its answer is too long")) } else { Ok(()) }
}

fn array(frame: Option<OwnedFrame>) -> Result<Vec<OwnedFrame>, String> {
    match frame {
        Some(OwnedFrame::Array(frames)) => Ok(frames),
        _ => Err(NO_REDIS.into()),
    }
}

/// TIME answers with seconds and microseconds.
fn milliseconds(time: Vec<OwnedFrame>) -> Option<u64> {
    let mut numbers = time.into_iter().map(|number| match number {
        OwnedFrame::BulkString(digits) => std::str::from_utf8(&digits).ok()?.parse::<u64>().ok(),
        _ => None,
    });
    let (seconds, microseconds) = (numbers.next()??, numbers.next()??);
    seconds.checked_mul(1000)?.checked_add(microseconds / 1000)
}

fn complaint(frame: &OwnedFrame) -> Result<(), String> {
    match frame {
        OwnedFrame::Error(text) => Err(format!("it answered {}", quoted(text, &[]))),
        _ => Ok(()),
    }
}

/// The server's own text may repeat the password, also in part: Redis quotes the start of a command that it does not know.
fn refused_login(frame: &OwnedFrame) -> Result<(), String> {
    let OwnedFrame::Error(text) = frame else { return Ok(()) };
    let known = ["WRONGPASS", "NOAUTH", "NOPERM", "LOADING"].into_iter().find(|code| text.starts_with(code));
    Err(format!("it answered {} to the user name and password", known.unwrap_or("an error")))
}

fn described(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::TimedOut => "it did not answer in time".into(),
        io::ErrorKind::UnexpectedEof => "it closed the connection".into(),
        _ => quoted(&error.to_string(), &[]),
    }
}
