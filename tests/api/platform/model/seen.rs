//! What somebody sees of a message, whether the API answered it or the model says so.

use serde_json::Value;

/// The parts of a message that acts change.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    pub id: u64,
    pub sender: String,
    pub text: Option<String>,
    pub edited_by: Option<String>,
    pub deleted_by: Option<String>,
    pub parent: Option<u64>,
    pub reply_count: u64,
    /// The quoted message and its text as it is now, if it still exists.
    pub quoted: Option<(u64, Option<String>)>,
    /// Reaction, count and whether the viewer holds it, in order of first use.
    pub reactions: Vec<(String, u64, bool)>,
    /// For action messages: the verb, the message and its text as it is now.
    pub action: Option<(String, u64, Option<String>)>,
}

/// The messages of an answer.
pub fn all(data: &Value) -> Vec<Seen> {
    let mut seen: Vec<Seen> = data.as_array().unwrap().iter().map(one).collect();
    assert!(seen.windows(2).all(|pair| pair[0].id < pair[1].id), "ids do not rise: {data}");
    // Who joined is told by action messages of another type, which the model leaves out.
    let is_told: Vec<bool> = data.as_array().unwrap().iter().map(|message| message["type"] != "groupMember").collect();
    let mut is_told = is_told.into_iter();
    seen.retain(|_| is_told.next().unwrap());
    seen
}

fn one(message: &Value) -> Seen {
    let data = &message["data"];
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let reactions = data["reactions"].as_array().into_iter().flatten();
    Seen {
        id: message["id"].as_u64().unwrap(),
        sender: text(&message["sender"]).unwrap(),
        text: text(&data["text"]),
        edited_by: text(&message["editedBy"]),
        deleted_by: text(&message["deletedBy"]),
        parent: message["parentId"].as_u64(),
        reply_count: message["replyCount"].as_u64().unwrap_or_default(),
        quoted: message["quotedMessage"]["id"].as_u64().map(|id| (id, text(&message["quotedMessage"]["data"]["text"]))),
        reactions: reactions
            .map(|entry| {
                let mine = entry["reactedByMe"].as_bool().unwrap_or_default();
                (text(&entry["reaction"]).unwrap(), entry["count"].as_u64().unwrap(), mine)
            })
            .collect(),
        action: text(&data["action"]).filter(|_| message["type"] == "message").map(|verb| {
            let on = &data["entities"]["on"]["entity"];
            (verb, on["id"].as_u64().unwrap(), text(&on["data"]["text"]))
        }),
    }
}
