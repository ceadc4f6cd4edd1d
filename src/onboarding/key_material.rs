//! The private key and the certificate of a new profile. They are checked before the profile is written.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value as Json;
use zeroize::Zeroizing;

use crate::call::Call;
use crate::crypto::certificate::Certificate;
use crate::crypto::pem::{self, ENCRYPTED_LABEL, Section};
use crate::crypto::{key, sign};
use crate::error::{Error, Kind};
use crate::profile::draft::Draft;
use crate::secret::Secret;
use crate::sys::shell_word;
use crate::{clock, provider, sys};

/// A key or a certificate: a file of its own, or a part of another file.
#[derive(Clone)]
pub struct KeyFile {
    /// Its name in messages.
    pub place: String,
    pub bytes: Zeroizing<Vec<u8>>,
    pub others_read: bool,
}

impl KeyFile {
    /// Reads a file that other users may be able to read.
    pub fn read(path: &Path, wait: Duration) -> Result<Self, Error> {
        sys::check_path("the name of the file", path.as_os_str())?;
        let place = path.display().to_string();
        let file = sys::read_checked(path, wait)
            .map_err(|error| Error::new(Kind::Setup, format!("cannot read {place}: {error}")))?;
        Ok(Self { place, bytes: file.bytes, others_read: file.others_read })
    }

    /// A warning about a file with a secret that other users can read.
    pub fn exposure(&self) -> Option<String> {
        let (shown, close) = (&self.place, sys::make_private_command(Path::new(&self.place)));
        self.others_read.then(|| format!("others can read {shown}: {close}, or remove it now that it is copied"))
    }

    /// Removes everything but these sections, if the file has any. A key without labels is one whole.
    fn keep(&mut self, is_wanted: fn(&Section) -> bool) {
        let sections = pem::labelled_sections(&self.bytes);
        // With room for all from the start: one that grows leaves copies behind.
        let mut wanted = Zeroizing::new(Vec::with_capacity(2 * self.bytes.len()));
        for section in sections.iter().filter(|section| is_wanted(section)) {
            wanted.extend_from_slice(Zeroizing::new(section.to_pem()).as_bytes());
        }
        if !wanted.is_empty() && !is_same_text(&wanted, &self.bytes) {
            self.bytes = wanted;
        }
    }

    fn is_encrypted(&self) -> bool {
        pem::sections(&self.bytes).iter().any(|section| section.label == ENCRYPTED_LABEL)
    }

    pub fn certificate(&self) -> Result<Certificate, Error> {
        let text = String::from_utf8_lossy(&self.bytes);
        Certificate::parse(&text).ok_or_else(|| {
            Error::new(Kind::Setup, format!("{} holds no certificate in PEM", self.place))
                .hint("it begins with -----BEGIN CERTIFICATE-----: certificate_pub.crt, which was uploaded")
        })
    }

    fn expiry(&self, owner: &str) -> Option<String> {
        let certificate = self.certificate().ok()?;
        let (place, day) = (&self.place, certificate.last_day());
        let has_expired = certificate.remaining(&clock::now()).is_zero();
        has_expired.then(|| format!("the certificate in {place} expired on {day}: {owner} refuses what its key signs"))
    }
}

fn is_same_text(one: &[u8], other: &[u8]) -> bool {
    let visible = |bytes: &[u8]| bytes.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect::<Vec<u8>>();
    Zeroizing::new(visible(one)) == Zeroizing::new(visible(other))
}

#[derive(Clone, Default)]
pub struct KeyMaterial {
    pub private_key: Option<KeyFile>,
    pub certificate: Option<KeyFile>,
}

impl KeyMaterial {
    /// What the user named by options.
    pub fn from_options(call: &Call) -> Result<Self, Error> {
        let mut keys = Self::default();
        for (key, slot) in keys.slots() {
            let path = call.path(&option(key))?;
            let read = |path: &Path| {
                let file = KeyFile::read(path, call.deadline.attempt());
                // Secrets are given so, but a key is copied.
                let is_reference =
                    ["env:", "file:", "command:"].iter().any(|form| path.to_string_lossy().starts_with(form));
                let hint = format!("--{} takes the path of a file, such as ./my.key", option(key));
                file.map_err(|error| if is_reference { error.hint(hint) } else { error })
            };
            *slot = path.map(read).transpose()?;
        }
        Ok(keys.separated())
    }

    /// Takes the certificate from the key's file, if that contains both.
    pub fn with_own_certificate(mut self) -> Self {
        let both = self
            .private_key
            .clone()
            .filter(|file| pem::labelled_sections(&file.bytes).iter().any(Section::is_certificate));
        self.certificate = self.certificate.or(both);
        self.separated()
    }

    /// Adds what a draft contains or names, and removes it from the draft. The user's own files come first. `file` is the
    /// draft's file, and paths in it are relative to `directory`.
    pub fn or_from(
        mut self,
        draft: &mut Draft,
        file: &str,
        directory: Option<&Path>,
        wait: Duration,
    ) -> Result<Self, Error> {
        for (key, slot) in self.slots() {
            let Some(value) = draft.take(key).filter(|_| slot.is_none()) else { continue };
            *slot = Some(match value {
                Json::String(text) => {
                    KeyFile { place: file.to_owned(), bytes: text.into_bytes().into(), others_read: false }
                }
                reference => {
                    let path = reference.get("file").and_then(Json::as_str).unwrap_or_default();
                    let path = directory.map_or_else(|| PathBuf::from(path), |directory| directory.join(path));
                    KeyFile::read(&path, wait).map_err(|error| {
                        Error { text: format!("{file} names a file: {}", error.text), ..error }
                            .hint(format!("--{} PATH names another one", option(key)))
                    })?
                }
            });
        }
        if self.certificate.is_some() {
            // The certificate contains its own expiry.
            draft.take("credential_expires");
        }
        Ok(self.separated())
    }

    /// Both files, by the profile's keys.
    fn slots(&mut self) -> [(&'static str, &mut Option<KeyFile>); 2] {
        [("private_key", &mut self.private_key), ("certificate", &mut self.certificate)]
    }

    /// The files that were given, by the profile's keys.
    pub fn files(&self) -> impl Iterator<Item = (&'static str, &KeyFile)> {
        let files = [("private_key", &self.private_key), ("certificate", &self.certificate)];
        files.into_iter().filter_map(|(key, file)| Some((key, file.as_ref()?)))
    }

    /// The options that name these files.
    pub fn options(&self) -> String {
        let options = self.files().map(|(key, file)| format!("--{} {}", option(key), shell_word(&file.place)));
        options.collect::<Vec<_>>().join(" ")
    }

    /// Keeps only the key and only the certificate of files that contain something else too: another secret must not be
    /// copied, and the key only once.
    fn separated(mut self) -> Self {
        if let Some(file) = &mut self.private_key {
            file.keep(Section::is_private_key);
        }
        if let Some(file) = &mut self.certificate {
            file.keep(Section::is_certificate);
        }
        self
    }

    /// Rejects a key that cannot sign, and a certificate that belongs to another key. The user is not asked for a
    /// passphrase: an encrypted key is accepted if its encryption is supported.
    /// `algorithm`: that of the JWT; empty: the usual one of the key.
    pub fn check(&self, algorithm: &str, passphrase: Option<&str>) -> Result<(), Error> {
        let certificate = self.certificate.as_ref().map(|file| Ok((file, file.certificate()?))).transpose()?;
        let Some(key) = &self.private_key else { return Ok(()) };
        if key.is_encrypted() && passphrase.is_none() {
            return key::could_be_opened(&key.bytes, &key.place);
        }
        let passphrase = || Ok(passphrase.map(|text| Secret::new(text.to_owned())));
        let signing = key::signing_key(&key.bytes, &key.place, &passphrase)?;
        // Before the certificate, because a key that is too short has a better message.
        sign::check(algorithm, &signing, &key.place)?;
        match certificate {
            Some((file, certificate)) if !certificate.belongs_to(signing.public_key().as_ref()) => {
                let (key, certificate) = (&key.place, &file.place);
                let what = if key == certificate {
                    format!("the private key and the certificate in {key} do not belong together")
                } else {
                    format!("the private key in {key} does not belong to the certificate in {certificate}")
                };
                Err(Error::new(Kind::Setup, what).hint("one of the two is another integration's, or an older one"))
            }
            _ => Ok(()),
        }
    }

    /// What is allowed but may be a mistake, a sentence each.
    pub fn notes(&self, draft: &Draft) -> Vec<String> {
        let owner = draft.schema.owner;
        let mut notes: Vec<String> = self.certificate.iter().filter_map(|file| file.expiry(owner)).collect();
        let Some(key) = &self.private_key else { return notes };
        let ends = draft.text("credential_expires");
        let expired = ends.filter(|day| clock::has_ended(day));
        notes.extend(expired.map(|day| format!("the last of the credential's certificates expired on {day}")));
        notes.extend(key.exposure());
        let has_certificates = provider::of_schema(draft.schema).is_some_and(|row| row.key_upload.takes_certificate());
        if has_certificates && self.certificate.is_none() && ends.is_none() {
            notes.push("no certificate: with --certificate, status and errors tell when it ends".into());
        }
        if key.is_encrypted() && draft.text("passphrase").is_none() {
            notes.push(BEHIND_PASSPHRASE.into());
        }
        notes
    }

    /// A sentence for each file that a profile of this provider does not use.
    pub fn unused(&self, provider: &str) -> Vec<String> {
        let what = |key: &str| key.replace('_', " ");
        self.files().map(|(key, _)| format!("the {} was not taken: {provider} works without", what(key))).collect()
    }
}

/// The option that names the file for one of the profile's keys.
pub fn option(key: &str) -> String {
    key.replace('_', "-")
}

const BEHIND_PASSPHRASE: &str = "the private key is encrypted: give its passphrase in the profile as \
    \"passphrase\": {\"command\": [\"pass\", \"NAME\"]}, {\"file\": …} or {\"env\": …}; else it is asked for on the \
    terminal";
