//! The binary itself. How the service behaves is tested in `tests/`.
#![expect(clippy::unwrap_used, reason = "clippy knows test functions, not their helpers")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use clap::CommandFactory;
use local::Arguments;

const README: &str = include_str!("../README.md");

#[test]
fn help_names_every_option() {
    let help = Command::new(env!("CARGO_BIN_EXE_halley")).arg("--help").output().unwrap();
    let text = String::from_utf8(help.stdout).unwrap();
    let mut n_options = 0;
    for option in Arguments::command().get_arguments() {
        let name = format!("--{}", option.get_long().expect("every argument has a name"));
        let explained = option.get_help().unwrap_or_else(|| panic!("{name} is not explained")).to_string();
        assert!(text.contains(&name) && text.contains(&explained), "{name} is missing:\n{text}");
        assert!(README.contains(&format!("`{name}")), "{name} is missing in README.md");
        n_options += 1;
    }
    assert!(7 <= n_options);
}

fn halley(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_halley"));
    command.args(arguments).env_remove("PORT");
    command
}

/// What the binary says when it does not start.
#[track_caller]
fn refusal(arguments: &[&str]) -> String {
    let output = halley(arguments).output().unwrap();
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

/// A running service on a folder; ended with the test.
struct Running(Child);

impl Running {
    fn on(folder: &Path) -> Running {
        Running::of(halley(&["--port", "0", "--quiet", "--data", folder.to_str().unwrap()]))
    }

    fn of(mut command: Command) -> Running {
        let mut running = Running(command.stdout(Stdio::piped()).spawn().unwrap());
        let mut line = String::new();
        BufReader::new(running.0.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert!(line.starts_with("Halley listens on "), "{line}");
        running
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_port_that_is_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let said = refusal(&["--memory", "--port", &port]);
    assert!(said.contains(&format!("Port {port} of 127.0.0.1")) && said.contains("--port"), "{said}");
}

#[test]
fn a_data_folder_that_is_a_file_is_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    let said = refusal(&["--port", "0", "--data", path]);
    assert!(said.contains(&format!("The data folder {path} cannot be used")), "{said}");
}

#[test]
fn an_api_key_that_cannot_be_sent_is_refused() {
    for key in ["", " ", "two words", "schlüssel"] {
        let said = refusal(&["--memory", "--port", "0", "--api-key", key]);
        assert!(said.contains("API key") || said.contains("--api-key"), "{key}: {said}");
    }
}

#[test]
fn a_data_folder_is_for_its_owner_and_for_one_process_at_a_time() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("data");
    for _ in 0..2 {
        let running = Running::of(halley(&["--port", "0", "--quiet", "--tls", "--data", folder.to_str().unwrap()]));
        let said = refusal(&["--port", "0", "--data", folder.to_str().unwrap()]);
        assert!(said.contains(&format!("{} is in use by another Halley", folder.display())), "{said}");
        let mut names = Vec::new();
        for entry in fs::read_dir(&folder).unwrap() {
            let entry = entry.unwrap();
            let expected = if entry.path().is_dir() { 0o700 } else { 0o600 };
            assert_eq!(mode(&entry.path()), expected, "{}", entry.path().display());
            names.push(entry.file_name().into_string().unwrap());
        }
        for name in
            ["api-key", "aws-credentials", "dynamodb.sqlite", "s3", "tls-authority.pem", "tls-authority-key.pem"]
        {
            assert!(names.iter().any(|known| known == name), "{name} is missing: {names:?}");
        }
        assert_eq!(mode(&folder), 0o700);
        drop(running);
        // As an earlier version left them; the second round closes them.
        let files = ["api-key", "dynamodb.sqlite", "s3", "tls-authority-key.pem"].map(|name| folder.join(name));
        for open in [folder.clone()].into_iter().chain(files) {
            let mode = if open.is_dir() { 0o755 } else { 0o644 };
            fs::set_permissions(open, fs::Permissions::from_mode(mode)).unwrap();
        }
    }
}

#[test]
fn with_tls_the_file_of_the_authority_is_named() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("data");
    let mut command = halley(&["--port", "0", "--tls", "--quiet", "--data", folder.to_str().unwrap()]);
    let mut running = Running(command.stdout(Stdio::piped()).spawn().unwrap());
    let mut lines = BufReader::new(running.0.stdout.as_mut().unwrap()).lines().map(Result::unwrap);
    let said = lines.find(|line| line.starts_with("TLS: https://127.0.0.1:")).unwrap();
    assert!(said.contains(folder.join("tls-authority.pem").to_str().unwrap()), "{said}");
}

#[test]
fn in_memory_there_is_nowhere_to_keep_an_authority() {
    let said = refusal(&["--memory", "--tls", "--port", "0"]);
    assert!(said.contains("--tls") && said.contains("--memory"), "{said}");
}

#[test]
fn a_folder_that_holds_other_things_keeps_its_mode() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("notes"), "mine").unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let _running = Running::on(folder.path());
    assert_eq!(mode(folder.path()), 0o755);
    assert_eq!(mode(&folder.path().join("dynamodb.sqlite")), 0o600);
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn in_memory_nothing_is_written_to_disk() {
    let (folder, temporary) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut command = halley(&["--port", "0", "--quiet", "--memory"]);
    command.current_dir(folder.path()).env("TMPDIR", temporary.path()).env("SQLITE_TMPDIR", temporary.path());
    // The seeds are in the table before it says where it listens.
    let _running = Running::of(command);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    assert_eq!(files(temporary.path()), Vec::<PathBuf>::new());
}

/// As `halley | head` leaves it: a pipe that is closed ends neither requests nor what goes on beside them.
#[test]
fn a_service_goes_on_when_nobody_reads_what_it_prints() {
    let mut command = halley(&["--port", "0", "--memory", "--api-key", "demo"]);
    let mut running = Running(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
    let mut output = BufReader::new(running.0.stdout.take().unwrap());
    let mut line = String::new();
    let address = loop {
        line.clear();
        output.read_line(&mut line).unwrap();
        if let Some((_, rest)) = line.split_once("http://") {
            break rest.split('/').next().unwrap().to_owned();
        }
    };
    drop((output, running.0.stderr.take()));
    for n in 0..3 {
        let body = format!(r#"{{"uid":"ash-{n}","name":"Ash"}}"#);
        let mut socket = TcpStream::connect(&address).unwrap();
        let head = format!("POST /v3/users HTTP/1.1\r\nhost: {address}\r\napikey: demo\r\nconnection: close\r\n");
        write!(socket, "{head}content-length: {}\r\n\r\n{body}", body.len()).unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}
