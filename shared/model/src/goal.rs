//! The goal of an interactive message: which of its elements are to be used (contract/extras.md, "Interactive messages").

use serde_json::Value;
use strum::EnumString;

use crate::message::{Category, Message};

#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString)]
#[strum(serialize_all = "camelCase")]
enum GoalType {
    /// Any element.
    AnyAction,
    /// One of those that it names, or more.
    AnyOf,
    /// The same; clients know both words.
    OneOf,
    /// All of those that it names.
    AllOf,
}

/// What a user is to do with an interactive message.
#[derive(Clone, Debug)]
pub struct Goal<'m> {
    goal_type: GoalType,
    elements: Vec<&'m str>,
}

impl Goal<'_> {
    /// The goal of a message that has one which can be met: none of type `none`, none of a type that nobody knows.
    pub fn of(message: &Message) -> Option<Goal<'_>> {
        if message.is_deleted() || message.category != Category::Interactive {
            return None;
        }
        let goal = message.data.get("interactionGoal")?;
        let goal_type: GoalType = goal.get("type")?.as_str()?.parse().ok()?;
        let elements = goal.get("elementIds").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let elements: Vec<&str> = elements.iter().filter_map(Value::as_str).collect();
        (goal_type == GoalType::AnyAction || !elements.is_empty()).then_some(Goal { goal_type, elements })
    }

    /// Whether who used these elements has met it.
    pub fn is_met_by(&self, used: &[&str]) -> bool {
        match self.goal_type {
            GoalType::AnyAction => !used.is_empty(),
            GoalType::AnyOf | GoalType::OneOf => self.elements.iter().any(|element| used.contains(element)),
            GoalType::AllOf => self.elements.iter().all(|element| used.contains(element)),
        }
    }
}
