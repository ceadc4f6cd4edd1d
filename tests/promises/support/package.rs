//! The smallest packages that package managers accept, and an index of them.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::clients::{has_client, has_clients};
use super::endpoint::{Answer, Asked};
use super::registry::{Answers, download, open_to, path};

/// A package `hello` for Python, and the name of its file.
pub(crate) fn wheel() -> Option<(&'static str, Vec<u8>)> {
    if !has_client("python3") {
        return None;
    }
    let about = "hello-1.0.dist-info";
    let files = [
        ("hello.py".to_owned(), "GREETING = 'hello'\n"),
        (format!("{about}/METADATA"), "Metadata-Version: 2.1\nName: hello\nVersion: 1.0\n"),
        (format!("{about}/WHEEL"), "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
        (format!("{about}/RECORD"), "hello.py,,\nhello-1.0.dist-info/RECORD,,\n"),
    ];
    let zip = "python3 -m zipfile -c archive hello.py hello-1.0.dist-info/";
    Some(("hello-1.0-py3-none-any.whl", packed(&files, zip)))
}

/// An index of Python packages that accepts this token; `None` if no package can be made.
pub(crate) fn python_index(token: &'static str) -> Option<impl Answers> {
    let (file, wheel) = wheel()?;
    Some(open_to(token, move |asked: &Asked| match path(asked) {
        "/simple/hello/" => {
            let page = format!("<!DOCTYPE html><a href=\"../../files/{file}\">{file}</a>");
            Answer::new(200, &[("Content-Type", "text/html")], &page)
        }
        other if other.strip_prefix("/files/") == Some(file) => download(&wheel),
        _ => Answer::new(404, &[], ""),
    }))
}

/// A compressed tar archive of one file; `None` if it cannot be made.
pub(crate) fn tarball(file: &str, text: &str) -> Option<Vec<u8>> {
    has_clients(&["tar", "gzip"]).then(|| packed(&[(file.to_owned(), text)], "tar -czf archive *"))
}

/// The file `archive` that `pack` makes from a directory with these files.
fn packed(files: &[(String, &str)], pack: &str) -> Vec<u8> {
    let directory = tempfile::tempdir().unwrap();
    for (file, text) in files {
        let path = directory.path().join(file);
        fs::create_dir_all(path.parent().unwrap_or(Path::new(""))).unwrap();
        fs::write(path, text).unwrap();
    }
    let status = Command::new("/bin/sh").args(["-c", pack]).current_dir(directory.path()).status();
    assert!(status.unwrap().success(), "{pack}");
    fs::read(directory.path().join("archive")).unwrap()
}
