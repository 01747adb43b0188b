//! Mentions: `<@uid:UID>` anywhere in a text (contract/messages.md, "Mentions").

use std::collections::BTreeSet;

use super::uid::Uid;

/// The most distinct known users that one message may mention.
pub const MAX_MENTIONED: usize = 10;

/// The most distinct UIDs that are looked up for one message: what a send can read in its one batch. Texts that name
/// more are refused, known or not.
pub const MAX_LOOKED_UP: usize = 60;

const OPEN: &str = "<@uid:";

/// The distinct UIDs that `text` mentions; what is no UID stays text.
pub fn mentioned(text: &str) -> BTreeSet<Uid> {
    let names = text.split(OPEN).skip(1).filter_map(|rest| rest.split_once('>'));
    names.filter_map(|(name, _)| Uid::parse(name).ok()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::none("hello", &[])]
    #[case::one("Gate at six, <@uid:ash>", &["ash"])]
    #[case::several("<@uid:birch><@uid:ash> and <@uid:birch>", &["ash", "birch"])]
    #[case::lowered("<@uid:Ash>", &["ash"])]
    #[case::unclosed("<@uid:ash", &[])]
    #[case::no_uid("<@uid:a b>", &[])]
    #[case::empty("<@uid:>", &[])]
    #[case::legacy_form("@{Ash|ash}", &[])]
    #[case::nested("<@uid:<@uid:ash>", &["ash"])]
    fn mentions_are_found(#[case] text: &str, #[case] expected: &[&str]) {
        let found = mentioned(text);
        assert_eq!(found.iter().map(Uid::as_str).collect::<Vec<_>>(), expected);
    }

    proptest! {
        #[test]
        fn finding_never_panics(text: String) {
            mentioned(&text);
        }
    }
}
