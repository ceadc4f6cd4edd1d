//! A private key and its certificate on their way into a profile: what would be refused later is refused here.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Map, Value as Json};
use zeroize::Zeroizing;

use crate::call::Call;
use crate::crypto::certificate::Certificate;
use crate::crypto::pem::{self, ENCRYPTED_LABEL};
use crate::crypto::{key, sign};
use crate::error::{Error, Kind, shell_word};
use crate::misplaced;
use crate::profile::draft::Draft;
use crate::secret::Secret;
use crate::{clock, sys};

/// A file's bytes, or what stood in another file.
pub(super) struct Piece {
    /// What messages call it.
    pub(super) place: String,
    /// As it came.
    pub(super) bytes: Zeroizing<Vec<u8>>,
    /// Whether others can read the file.
    pub(super) others_read: bool,
}

impl Piece {
    /// Reads any file of a person's, whatever its mode.
    pub(super) fn read(path: &Path, wait: Duration) -> Result<Self, Error> {
        misplaced::check_path("the name of the file", path.as_os_str())?;
        let place = path.display().to_string();
        let file = sys::read_checked(path, wait)
            .map_err(|error| Error::new(Kind::Setup, format!("cannot read {place}: {error}")))?;
        Ok(Self { place, bytes: file.bytes, others_read: file.others_read })
    }

    /// A word on a file with a secret that others can read.
    pub(super) fn told_to_others(&self) -> Option<String> {
        let (shown, word) = (&self.place, shell_word(&self.place));
        self.others_read
            .then(|| format!("others can read {shown}: chmod 600 {word}, or remove it now that it is copied"))
    }

    /// What a draft holds of it: the text itself, or the path of its file, relative to where the draft was found.
    fn of(draft: &mut Draft, key: &str, found: Place, wait: Duration) -> Result<Option<Self>, Error> {
        match draft.take(key) {
            None => Ok(None),
            Some(Json::String(text)) => {
                let bytes = Zeroizing::new(text.into_bytes());
                Ok(Some(Self { place: found.name.to_owned(), bytes, others_read: false }))
            }
            Some(reference) => {
                let path = reference.get("file").and_then(Json::as_str).unwrap_or_default();
                let path = found.directory.map_or_else(|| PathBuf::from(path), |directory| directory.join(path));
                let option = key.replace('_', "-");
                let missing = |error: Error| {
                    Error { text: format!("{} names a file: {}", found.name, error.text), ..error }
                        .hint(format!("--{option} PATH names another one"))
                };
                Self::read(&path, wait).map(Some).map_err(missing)
            }
        }
    }
}

/// Where a draft was found.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    /// What messages call it.
    pub(super) name: &'a str,
    /// What paths in it are relative to.
    pub(super) directory: Option<&'a Path>,
}

/// A private key and its certificate, as far as they are there.
#[derive(Default)]
pub(super) struct Pair {
    pub(super) private_key: Option<Piece>,
    pub(super) certificate: Option<Piece>,
}

impl Pair {
    /// What the options name.
    pub(super) fn given(call: &Call) -> Result<Self, Error> {
        let read = |option| call.path(option)?.map(|path| Piece::read(path, call.deadline.attempt())).transpose();
        let pair = Self { private_key: read("private-key")?, certificate: read("certificate")? }.parted();
        pair.check(&mut Draft::new(""))?;
        Ok(pair)
    }

    /// A key alone, if it is one.
    pub(super) fn of_key(key: Piece) -> Result<Self, Error> {
        let pair = Self { private_key: Some(key), certificate: None };
        pair.check(&mut Draft::new(""))?;
        Ok(pair)
    }

    /// What was given, else what the draft holds, which is taken out of it.
    pub(super) fn or_of(self, draft: &mut Draft, found: Place, wait: Duration) -> Result<Self, Error> {
        let (key, certificate) =
            (Piece::of(draft, "private_key", found, wait), Piece::of(draft, "certificate", found, wait));
        let private_key = self.private_key.map_or(key, |given| Ok(Some(given)))?;
        let certificate = self.certificate.map_or(certificate, |given| Ok(Some(given)))?;
        Ok(Self { private_key, certificate }.parted())
    }

    /// The certificate alone, where its file holds the key as well: that is copied once, and not by this name.
    fn parted(mut self) -> Self {
        if let Some(piece) = &mut self.certificate {
            let sections = pem::sections(&piece.bytes);
            if sections.iter().any(pem::Section::is_private_key) {
                let certificates = sections.iter().filter(|section| section.label == "CERTIFICATE");
                piece.bytes = Zeroizing::new(certificates.map(pem::Section::to_pem).collect::<String>().into_bytes());
            }
        }
        self
    }

    /// Whether they sign and belong together, as far as this machine can tell without asking for a passphrase. What
    /// is allowed and still odd is noted in the draft.
    pub(super) fn check(&self, draft: &mut Draft) -> Result<(), Error> {
        let certificate = self.certificate.as_ref().map(|piece| Ok((piece, read_certificate(piece)?))).transpose()?;
        if let Some((piece, certificate)) = &certificate {
            // The certificate itself says better when it ends.
            draft.take("certificate_ends");
            draft.notes.extend(expiry(certificate, &piece.place));
        }
        let Some(key) = &self.private_key else { return Ok(()) };
        let last = draft.text("certificate_ends").filter(|day| clock::has_ended(day)).map(str::to_owned);
        draft.notes.extend(last.map(|day| format!("the last of the credential's certificates expired on {day}")));
        draft.notes.extend(key.told_to_others());
        if certificate.is_none() && draft.get("certificate_ends").is_none() {
            draft.notes.push("no certificate: with --certificate, status and errors tell when it ends".into());
        }
        let passphrase = draft.text("passphrase").map(str::to_owned);
        let is_encrypted = pem::sections(&key.bytes).iter().any(|section| section.label == ENCRYPTED_LABEL);
        if is_encrypted && passphrase.is_none() {
            key::could_be_opened(&key.bytes, &key.place)?;
            draft.notes.push(BEHIND_PASSPHRASE.into());
            return Ok(());
        }
        let signing = key::signing_key(&key.bytes, &key.place, &|| Ok(passphrase.clone().map(Secret::new)))?;
        match certificate {
            Some((piece, certificate)) if !certificate.belongs_to(&signing) => {
                // Too short a key signs nothing: that is the better word.
                sign::rs256(&Map::new(), &signing, &key.place)?;
                let (key, certificate) = (&key.place, &piece.place);
                let what = if key == certificate {
                    format!("the private key and the certificate in {key} do not belong together")
                } else {
                    format!("the private key in {key} does not belong to the certificate in {certificate}")
                };
                Err(Error::new(Kind::Setup, what).hint("one of the two is another integration's, or an older one"))
            }
            _ => sign::rs256(&Map::new(), &signing, &key.place).map(drop),
        }
    }
}

const BEHIND_PASSPHRASE: &str = "the private key is behind a passphrase: give it in the profile as \
    \"passphrase\": {\"command\": [\"pass\", \"adobe\"]}, {\"file\": …} or {\"env\": …}; else it is asked for on the \
    terminal";

fn read_certificate(piece: &Piece) -> Result<Certificate, Error> {
    let text = String::from_utf8_lossy(&piece.bytes);
    Certificate::parse(&text).ok_or_else(|| {
        Error::new(Kind::Setup, format!("{} holds no certificate in PEM", piece.place))
            .hint("it begins with -----BEGIN CERTIFICATE-----: certificate_pub.crt, which was uploaded")
    })
}

fn expiry(certificate: &Certificate, place: &str) -> Option<String> {
    let day = certificate.last_day();
    certificate
        .remaining(&clock::now())
        .is_zero()
        .then(|| format!("the certificate in {place} expired on {day}: Adobe refuses what its key signs"))
}
