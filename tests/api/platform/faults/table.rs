//! What must hold in the table whatever went wrong: items that are written together agree with each other.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use tests::Api;

/// How many partitions hold the pointers (ARCHITECTURE.md, "The table").
const SHARDS: u64 = 64;

/// The table by key, as DynamoDB's JSON.
struct Table(BTreeMap<(String, String), Value>);

/// Fails unless pointers, tallies, counts, memberships and tokens agree.
pub async fn check(api: &Api) {
    let items = api.table().await.into_iter();
    let table = Table(items.map(|item| ((text(&item, "pk"), text(&item, "sk")), item)).collect());
    table.check_messages();
    table.check_groups();
    table.check_people();
}

/// The mark of the token of this digest, as DynamoDB's JSON has bytes.
fn mark_of(digest: &str) -> String {
    let byte = |at: usize| u8::from_str_radix(&digest[at..at + 2], 16).unwrap();
    BASE64_STANDARD.encode((0..32).step_by(2).map(byte).collect::<Vec<u8>>())
}

fn text(item: &Value, name: &str) -> String {
    item[name]["S"].as_str().unwrap_or_default().to_owned()
}

fn number(item: &Value, name: &str) -> u64 {
    item[name]["N"].as_str().map_or(0, |number| number.parse().unwrap())
}

impl Table {
    /// The items of one kind: those whose keys begin so.
    fn of(&self, pk: &str, sk: &str) -> Vec<(&(String, String), &Value)> {
        self.0.iter().filter(|((item_pk, item_sk), _)| item_pk.starts_with(pk) && item_sk.starts_with(sk)).collect()
    }

    fn has(&self, pk: &str, sk: &str) -> bool {
        self.0.contains_key(&(pk.to_owned(), sk.to_owned()))
    }

    fn check_messages(&self) {
        let messages = self.of("CONV#", "MSG#");
        assert!(!messages.is_empty() || self.of("ID#", "").is_empty(), "pointers without messages");
        let pointers: BTreeSet<&str> = self.of("ID#", "").into_iter().map(|((_, id), _)| id.as_str()).collect();
        let ids: BTreeSet<&str> = messages.iter().filter_map(|((_, sk), _)| sk.strip_prefix("MSG#")).collect();
        assert_eq!(pointers, ids, "pointers and messages");
        for ((conversation, sk), message) in messages {
            let id = &sk["MSG#".len()..];
            let n: u64 = id.parse().unwrap();
            assert!(self.has(&format!("ID#{:02}", n % SHARDS), id), "{id} is pointed at from another partition");
            let replies = self.of(conversation, "MSG#").into_iter().filter(|(_, reply)| number(reply, "parentId") == n);
            let replies: Vec<u64> = replies.map(|((_, sk), _)| sk["MSG#".len()..].parse().unwrap()).collect();
            assert_eq!(number(message, "replyCount"), replies.len() as u64, "replies to {id}");
            assert_eq!(number(message, "lastReplyId"), replies.into_iter().max().unwrap_or_default(), "of {id}");
            let head = &self.0[&(conversation.clone(), "HEAD".to_owned())];
            assert!(n <= number(head, "lastMessageId"), "{id} is beyond the head of {conversation}");
            // A deleted message shows none of the rows that are left.
            if message["deletedAt"].is_null() {
                self.check_reactions(id, message);
            }
        }
    }

    /// Rows, what each user holds, and the tally.
    fn check_reactions(&self, id: &str, message: &Value) {
        let pk = format!("MSG#{id}");
        let mut rows: BTreeMap<String, u64> = BTreeMap::new();
        for (_, row) in self.of(&pk, "REACT#") {
            *rows.entry(text(row, "reaction")).or_default() += 1;
        }
        let tallies = message["reactions"]["M"].as_object().into_iter().flatten();
        let tallies: BTreeMap<String, u64> =
            tallies.map(|(kind, tally)| (kind.clone(), number(&tally["M"], "count"))).collect();
        assert_eq!(rows, tallies, "reactions to {id}");
        let holders = self.of(&pk, "REACTOR#").into_iter().map(|(_, item)| item.as_object().unwrap().len() - 2);
        assert_eq!(holders.sum::<usize>() as u64, rows.values().sum::<u64>(), "holders of reactions to {id}");
    }

    fn check_groups(&self) {
        for ((pk, _), group) in self.of("GROUP#", "GROUP") {
            let guid = &pk["GROUP#".len()..];
            let members = self.of(pk, "MEMBER#");
            let counted = members.iter().filter(|(_, member)| member["isAway"].is_null());
            assert_eq!(number(group, "membersCount"), counted.count() as u64, "members of {guid}");
            for ((_, sk), member) in &members {
                let uid = &sk["MEMBER#".len()..];
                let is_away = !self.0[&(format!("USER#{uid}"), "USER".to_owned())]["deactivatedAt"].is_null();
                let is_settled =
                    !self.has("JOBS", &format!("count#{uid}")) && !self.has("JOBS", &format!("user#{uid}"));
                assert!(!is_settled || is_away != member["isAway"].is_null(), "whether {uid} is counted in {guid}");
                assert!(self.has(&format!("USER#{uid}"), &format!("CONV#group#{guid}")), "{uid} lacks {guid}");
                assert!(!self.has(pk, &format!("BAN#{uid}")), "{uid} is banned and a member");
            }
            // Who left keeps a row without content.
            let rows = self.of("USER#", &format!("CONV#group#{guid}"));
            let of_members = rows.iter().filter(|(_, row)| row["goneAt"].is_null());
            assert_eq!(of_members.count(), members.len(), "conversation rows of {guid}");
        }
        for (pk, _) in self.of("GROUP#", "MEMBER#").into_iter().map(|(key, _)| key) {
            assert!(self.has(pk, "GROUP"), "{pk} is gone and has members");
        }
    }

    fn check_people(&self) {
        let bots = self.of("USER#", "BOT").len() as u64;
        let counted = self.of("BOTS", "COUNT").first().map_or(0, |(_, item)| number(item, "bots"));
        assert_eq!(counted, bots, "bots");
        for ((pk, _), user) in self.of("USER#", "USER") {
            let tokens = self.of(pk, "TOKEN#").into_iter().filter(|((of, _), _)| of == pk);
            // Those of before a deactivation are left until the next is made.
            let working = tokens.filter(|(_, token)| number(token, "epoch") == number(user, "tokenEpoch"));
            let working: BTreeSet<String> = working.map(|((_, sk), _)| mark_of(&sk["TOKEN#".len()..])).collect();
            let marks = user["tokenMarks"]["BS"].as_array().into_iter().flatten();
            let marks: BTreeSet<String> = marks.map(|mark| mark.as_str().unwrap().to_owned()).collect();
            assert_eq!(marks, working, "marks of tokens of {pk}");
        }
    }
}
