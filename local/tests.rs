//! The binary itself. How the service behaves is tested in `tests/`.

use std::process::Command;

#[test]
fn help_names_every_option() {
    let help = Command::new(env!("CARGO_BIN_EXE_halley")).arg("--help").output().unwrap();
    let text = String::from_utf8(help.stdout).unwrap();
    for option in ["--port", "--memory", "--data", "--api-key", "--quiet"] {
        assert!(text.contains(option), "{option} is missing:\n{text}");
    }
}
