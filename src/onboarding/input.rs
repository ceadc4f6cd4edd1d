//! The input of `import`: a file that describes a credential, and perhaps its key and its certificate.

use std::path::{Path, PathBuf};

use super::command_line;
use super::install::Source;
use super::key_material::{KeyFile, KeyMaterial};
use crate::call::Call;
use crate::crypto::pem;
use crate::environment;
use crate::error::{Error, Kind};
use crate::profile::format::{self, NotRecognised, Recognised, path_word};
use crate::profile::schema::{NAMING, ValueKind};
use crate::provider::{self, FORMATS};

/// Reads the files and the options of this call.
pub fn read(call: &Call) -> Result<Source, Error> {
    let mut files = InputFiles { keys: KeyMaterial::from_options(call)?, ..InputFiles::default() };
    for path in call.paths("files")? {
        files.add(path, KeyFile::read(path, call.deadline.attempt())?)?;
    }
    let InputFiles { keys, document, notes } = files;
    let (name, path, recognised) = match (document, call.value("from")) {
        (Some((path, recognised)), None) => (path.display().to_string(), path, recognised),
        (None, Some(from)) => (format!("the environment ({from})"), PathBuf::new(), from_environment(from)?),
        (Some(_), Some(_)) => return Err(Error::new(Kind::Usage, "give a file or --from, not both")),
        (None, None) if keys.files().next().is_some() => {
            return Err(Error::new(Kind::Usage, "no file says whose key this is").hint(
                "name the JSON from the console as well, or answer questions in its place: jwt-credential init",
            ));
        }
        (None, None) => {
            return Err(Error::new(Kind::Usage, "no file was named")
                .hint("name the credentials file that you downloaded: jwt-credential import FILE")
                .hint("without a file: jwt-credential init"));
        }
    };
    let from = format!("{name} ({})", recognised.format.about);
    let named = |error: Error| Error { text: format!("{from} {}", error.text), ..error };
    let arguments = command_line::words(call);
    let mut draft = recognised.select(call.value("select"), &arguments).map_err(named)?;
    for (field, supply) in provider::supplied() {
        let Some(text) = call.value(supply.option) else { continue };
        let Some(own) = draft.schema.field(field.name) else {
            let what = format!("--{} is not for {}, which {from} is", supply.option, draft.schema.name);
            return Err(Error::new(Kind::Usage, what));
        };
        draft.set(own.name, own.accept_option(supply.option, text)?);
    }
    let from_files: Vec<&str> = keys.files().map(|(key, _)| key).collect();
    draft.check_complete(&from_files, &arguments).map_err(named)?;
    draft.notes.extend(notes);
    let keys = keys.or_from(&mut draft, &name, path.parent(), call.deadline.attempt())?;
    Ok(Source { place: name, name: from, draft, keys, typed: Vec::new() })
}

#[derive(Default)]
struct InputFiles {
    keys: KeyMaterial,
    /// The file that describes the credential.
    document: Option<(PathBuf, Recognised)>,
    notes: Vec<String>,
}

impl InputFiles {
    fn add(&mut self, path: &Path, file: KeyFile) -> Result<(), Error> {
        let not_recognised = match format::recognise(&file.bytes, FORMATS) {
            Ok(recognised) if self.document.is_none() => {
                self.notes.extend(file.exposure());
                self.document = Some((path.to_owned(), recognised));
                return Ok(());
            }
            Ok(_) => {
                return Err(Error::new(Kind::Usage, "several files name a credential").hint("import one at a time"));
            }
            Err(what) => what,
        };
        let sections = pem::sections(&file.bytes);
        let has_certificate = sections.iter().any(pem::Section::is_certificate);
        let has_key = sections.iter().any(pem::Section::is_private_key);
        // DER and other kinds of PEM get a better message when they are read as a key.
        let is_der = pem::bare_der(&file.bytes).is_some_and(|der| der.starts_with(&[0x30]));
        let may_be_key = has_key || (!has_certificate && (!sections.is_empty() || is_der));
        // JSON and archives may contain a PEM, but are not one.
        let is_other = file.bytes.trim_ascii_start().starts_with(b"{") || file.bytes.starts_with(ZIP);
        if is_other || !(has_certificate || may_be_key) {
            return Err(unknown(path, &file.bytes, &not_recognised));
        }
        if has_certificate {
            let (place, bytes) = (file.place.clone(), file.bytes.clone());
            fill(&mut self.keys.certificate, KeyFile { place, bytes, others_read: false })?;
        }
        if may_be_key { fill(&mut self.keys.private_key, file) } else { Ok(()) }
    }
}

/// The first bytes of a zip archive.
const ZIP: &[u8] = b"PK\x03\x04";

fn unknown(path: &Path, bytes: &[u8], what: &NotRecognised) -> Error {
    let shown = path.display();
    if bytes.starts_with(ZIP) {
        return Error::new(Kind::Setup, format!("{shown} is a zip archive"))
            .hint("unpack it, and import the files in it: the console's has private.key and certificate_pub.crt");
    }
    if serde_json::from_slice::<serde_json::Value>(bytes)
        .is_ok_and(|json| NAMING.iter().any(|key| json.get(*key).is_some()))
    {
        return Error::new(Kind::Setup, format!("{shown} is a profile already"))
            .hint(format!("-p {} uses it where it is", path_word(path)));
    }
    Error::new(Kind::Setup, format!("{shown} {what}"))
        .hint(format!("import reads: {}; a private key; a certificate", format::known(FORMATS)))
        .hint(format!("enter the values yourself: {}", by_hand()))
}

/// The command that takes what the usual credential needs.
fn by_hand() -> String {
    let required = provider::USUAL.schema.all().filter(|field| field.required);
    let options = required.filter_map(|field| {
        let option = field.question?.option;
        let value = match field.kind {
            ValueKind::Secret => "file:PATH",
            ValueKind::List => "LIST",
            _ => "ID",
        };
        Some(format!(" --{option} {value}"))
    });
    format!("jwt-credential init {}{}", provider::USUAL.schema.name, options.collect::<String>())
}

fn fill(slot: &mut Option<KeyFile>, file: KeyFile) -> Result<(), Error> {
    if let Some(had) = slot {
        let what = format!("{} and {} are the same kind of file", had.place, file.place);
        return Err(Error::new(Kind::Usage, what)
            .hint("import takes one key and one certificate; add a second key to the list in the profile"));
    }
    *slot = Some(file);
    Ok(())
}

/// The credential in the environment variables that `--from` names.
fn from_environment(from: &str) -> Result<Recognised, Error> {
    let mut formats = FORMATS.iter().copied().flatten().filter_map(|format| Some((format, format.variables.as_ref()?)));
    let (format, variables) = formats
        .find(|(_, variables)| variables.name == from)
        .ok_or_else(|| Error::new(Kind::Usage, format!("--from {from} is not known")))?;
    let prefix = variables.prefix;
    format::of_variables(format, &environment::starting(prefix))
        .ok_or_else(|| Error::new(Kind::Setup, format!("no variables {prefix}… that are set hold {}", format.about)))
}
