//! An update of one row, put together clause by clause.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{self, AttributeValue, ReturnValuesOnConditionCheckFailure};
use model::event::Event;

use super::Item;
use super::condition::Condition;
use super::error::StoreError;
use super::keys::{EVENT, Key};
use super::transaction::{Account, Untold, number, stamp};

/// What becomes of a row's attributes, and on which condition.
#[derive(Clone, Debug)]
pub(super) struct Update {
    key: Key,
    set: Vec<String>,
    add: Vec<String>,
    remove: Vec<String>,
    delete: Vec<String>,
    condition: Option<String>,
    names: HashMap<String, String>,
    values: Item,
    account: Option<Account>,
}

impl Update {
    /// An update of this row, to be completed.
    pub(super) fn of(key: &Key) -> Update {
        Update {
            key: key.clone(),
            set: Vec::new(),
            add: Vec::new(),
            remove: Vec::new(),
            delete: Vec::new(),
            condition: None,
            names: HashMap::new(),
            values: Item::new(),
            account: None,
        }
    }

    /// Gives an attribute this value.
    pub(super) fn set(mut self, name: &str, value: AttributeValue) -> Update {
        let at = self.names.len();
        self.set.push(format!("#n{at} = :n{at}"));
        self.values.insert(format!(":n{at}"), value);
        self.named(name, at)
    }

    /// Gives the attributes of `item` its values.
    pub(super) fn set_all(self, item: Item) -> Update {
        item.into_iter().fold(self, |update, (name, value)| update.set(&name, value))
    }

    /// A clause of `SET` by DynamoDB's rules.
    pub(super) fn set_expression(mut self, clause: impl Into<String>) -> Update {
        self.set.push(clause.into());
        self
    }

    /// Adds to a number, which is 0 if it is not there.
    pub(super) fn add(mut self, name: &str, amount: i64) -> Update {
        let at = self.names.len();
        self.add.push(format!("#n{at} :n{at}"));
        self.values.insert(format!(":n{at}"), AttributeValue::N(amount.to_string()));
        self.named(name, at)
    }

    /// Adds a text to a set of texts, which may not be there yet.
    pub(super) fn add_to_set(self, name: &str, text: impl ToString) -> Update {
        self.add_all(name, vec![text.to_string()])
    }

    /// Adds texts to a set of texts, which may not be there yet. There must be one at least.
    pub(super) fn add_all(self, name: &str, texts: Vec<String>) -> Update {
        self.add_set(name, AttributeValue::Ss(texts))
    }

    /// Adds bytes to a set of bytes, which may not be there yet.
    pub(super) fn add_bytes_to_set(self, name: &str, bytes: &[u8]) -> Update {
        self.add_set(name, bytes_set([bytes].into_iter()))
    }

    fn add_set(mut self, name: &str, set: AttributeValue) -> Update {
        let at = self.names.len();
        self.add.push(format!("#n{at} :n{at}"));
        self.values.insert(format!(":n{at}"), set);
        self.named(name, at)
    }

    /// Removes a text from a set of texts; one that becomes empty goes.
    pub(super) fn remove_from_set(self, name: &str, text: impl ToString) -> Update {
        self.remove_all(name, vec![text.to_string()])
    }

    /// Removes texts from a set of texts; one that becomes empty goes. There must be one at least.
    pub(super) fn remove_all(self, name: &str, texts: Vec<String>) -> Update {
        self.remove_set(name, AttributeValue::Ss(texts))
    }

    /// Removes some bytes each from a set of bytes; one that becomes empty goes. There must be some at least.
    pub(super) fn remove_all_bytes<'b>(self, name: &str, all: impl Iterator<Item = &'b [u8]>) -> Update {
        self.remove_set(name, bytes_set(all))
    }

    fn remove_set(mut self, name: &str, set: AttributeValue) -> Update {
        let at = self.names.len();
        self.delete.push(format!("#n{at} :n{at}"));
        self.values.insert(format!(":n{at}"), set);
        self.named(name, at)
    }

    /// Counts one more of what there are `most` of at the most, in this attribute.
    pub(super) fn one_more(self, name: &str, most: u64) -> Update {
        self.add(name, 1).when(format!("(attribute_not_exists({name}) OR {name} < :most)")).number(":most", most)
    }

    /// Removes an attribute.
    pub(super) fn remove(mut self, name: &str) -> Update {
        let at = self.names.len();
        self.remove.push(format!("#n{at}"));
        self.named(name, at)
    }

    /// A clause of `REMOVE` by DynamoDB's rules.
    pub(super) fn remove_expression(mut self, clause: impl Into<String>) -> Update {
        self.remove.push(clause.into());
        self
    }

    /// What must hold of the row; several must all.
    pub(super) fn when(mut self, condition: impl Into<String>) -> Update {
        let condition = condition.into();
        self.condition = Some(match self.condition {
            Some(before) => format!("{before} AND {condition}"),
            None => condition,
        });
        self
    }

    /// A condition with its names and values, beside those there are.
    pub(super) fn when_also(mut self, condition: Condition) -> Update {
        self.names.extend(condition.names().unwrap_or_default());
        self.values.extend(condition.values().unwrap_or_default());
        self.when(condition.expression)
    }

    /// What a name in a clause or condition stands for.
    pub(super) fn name(mut self, placeholder: &str, name: impl Into<String>) -> Update {
        self.names.insert(placeholder.to_owned(), name.into());
        self
    }

    /// The value of a name in a clause or condition.
    pub(super) fn value(mut self, placeholder: &str, value: AttributeValue) -> Update {
        self.values.insert(placeholder.to_owned(), value);
        self
    }

    /// A number as [`Update::value`].
    pub(super) fn number(self, placeholder: &str, value: u64) -> Update {
        self.value(placeholder, number(value))
    }

    /// Lets the row carry the event of the change.
    pub(super) fn event(mut self, event: &Event) -> Result<Update, StoreError> {
        self.stamp(stamp(event)?);
        Ok(self)
    }

    /// Lets the row carry an event that is written out already.
    pub(super) fn stamp(&mut self, event: AttributeValue) {
        self.set.push(format!("{EVENT} = :event"));
        self.values.insert(":event".to_owned(), event);
        self.account = Some(Account::Told);
    }

    /// Says why nobody is told, where the update is made by itself.
    pub(super) fn untold(mut self, why: Untold) -> Update {
        self.account = Some(Account::Untold(why));
        self
    }

    /// The row that it changes.
    pub(super) fn key(&self) -> &Key {
        &self.key
    }

    /// Whether it carries an event, or why not, as far as it says so.
    pub(super) fn account(&self) -> Option<Account> {
        self.account
    }

    pub(super) fn build(
        self,
        table: &str,
        on_refusal: ReturnValuesOnConditionCheckFailure,
    ) -> Result<types::Update, StoreError> {
        let returned = self.condition.as_ref().map(|_| on_refusal);
        Ok(types::Update::builder()
            .table_name(table)
            .update_expression(self.expression())
            .set_key(Some(self.key.item()))
            .set_condition_expression(self.condition)
            .set_expression_attribute_names(Some(self.names).filter(|names| !names.is_empty()))
            .set_expression_attribute_values(Some(self.values).filter(|values| !values.is_empty()))
            .set_return_values_on_condition_check_failure(returned)
            .build()?)
    }

    pub(super) fn fill(self, request: UpdateItemFluentBuilder) -> UpdateItemFluentBuilder {
        request
            .update_expression(self.expression())
            .set_key(Some(self.key.item()))
            .set_condition_expression(self.condition)
            .set_expression_attribute_names(Some(self.names).filter(|names| !names.is_empty()))
            .set_expression_attribute_values(Some(self.values).filter(|values| !values.is_empty()))
    }

    fn expression(&self) -> String {
        let clauses = [("SET", &self.set), ("REMOVE", &self.remove), ("ADD", &self.add), ("DELETE", &self.delete)];
        let clauses = clauses.iter().filter(|(_, parts)| !parts.is_empty());
        clauses.map(|(word, parts)| format!("{word} {}", parts.join(", "))).collect::<Vec<_>>().join(" ")
    }

    fn named(mut self, name: &str, at: usize) -> Update {
        self.names.insert(format!("#n{at}"), name.to_owned());
        self
    }
}

/// A set of bytes as an attribute.
pub(super) fn bytes_set<'b>(all: impl Iterator<Item = &'b [u8]>) -> AttributeValue {
    AttributeValue::Bs(all.map(Blob::new).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_update_keeps_why_nobody_is_told_of_it() {
        let update = Update::of(&Key::jobs()).add("restarts", 1);
        assert_eq!(update.account(), None);
        assert_eq!(update.untold(Untold::Upkeep).account(), Some(Account::Untold(Untold::Upkeep)));
    }
}
