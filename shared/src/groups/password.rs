//! Passwords of groups: Argon2id with OWASP's least parameters, which are the crate's own: 19 MiB and two passes.
//!
//! Making or checking one takes about 20 ms of a whole processor, and longer where a function has a part of one. The
//! string that is stored names its parameters, so that others can be chosen later.

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use model::problem::{Code, Problem};

/// What is stored of a password: a PHC string with a salt of its own, so that equal passwords do not look equal.
pub(crate) fn hash(password: &str) -> Result<String, Problem> {
    // Nothing but the salt can fail: passwords are not longer than the algorithm takes.
    let hash = Argon2::default().hash_password(password.as_bytes());
    hash.map(|hash| hash.to_string()).map_err(|_| Problem::new(Code::Exception, "The server has no entropy."))
}

/// Whether this is the password of which `hash` is kept; compared in constant time.
pub(super) fn is_right(password: &str, hash: &str) -> bool {
    Argon2::default().verify_password(password.as_bytes(), hash).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_kept_as_argon2id_with_owasps_least_parameters() {
        let kept = hash("open sesame").unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert_ne!(kept, hash("open sesame").unwrap());
        assert!(is_right("open sesame", &kept));
        assert!(!is_right("open Sesame", &kept));
    }

    #[test]
    fn what_is_no_hash_has_no_password() {
        assert!(!is_right("", ""));
        assert!(!is_right("open sesame", "open sesame"));
    }
}
