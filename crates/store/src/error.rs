//! Why the store did not do what it was asked: one enum for each kind of use.

use crate::tx::Named;
use opbx_kernel::{Code, Kind, RecordId};
use opbx_platform::Op;
use opbx_platform::access::Deed;
use opbx_platform::field::FieldError;
use std::collections::BTreeMap;

/// What the database itself may answer to any statement.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the database does not answer: {0}")]
    Unreachable(#[source] sqlx::Error),
    #[error("another transaction stands in the way; the same work may succeed when repeated")]
    Busy,
    #[error("an earlier statement of this transaction failed; begin another")]
    Spent,
    #[error("the column {column} holds something that does not fit its type")]
    Damaged { column: String },
    #[error("the database refused a statement: {0}")]
    Refused(#[source] sqlx::Error),
}

/// Why a store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("cannot open {url}: {source}")]
    Unreachable { url: String, source: sqlx::Error },
    #[error("{model}.{field} wants {digits} decimal places; at most {max} are kept")]
    TooManyDigits { model: String, field: String, digits: u8, max: u8 },
    #[error("the role of {url} may bypass row-level security; use an ordinary role")]
    Unfenced { url: String },
}

/// Why the database cannot follow the models.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    #[error("the database cannot follow the models without losing something: {}", .0.join("; "))]
    WouldLose(Vec<String>),
    #[error("the database was written by a newer version (format {found}, this one knows {known})")]
    Newer { found: i64, known: i64 },
    #[error("records that exist already break a rule of the models; {sentence}")]
    Broken { sentence: String },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why records cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("there is no model {0}")]
    UnknownModel(String),
    #[error("{model} has no field {field}")]
    UnknownField { model: String, field: String },
    #[error("{model}.{field} cannot be compared by {op:?} with that value")]
    NotComparable { model: String, field: String, op: Op },
    #[error("{model}.{field} cannot be sorted by")]
    NotSortable { model: String, field: String },
    #[error("records cannot be grouped by {model}.{field}")]
    NotGroupable { model: String, field: String },
    #[error("{model}.{field} has no {of}")]
    NotAggregable { model: String, field: String, of: &'static str },
    #[error("{model}.{field} names no records that could be read with it")]
    NoRecordsInside { model: String, field: String },
    #[error("there is no time zone {0}")]
    UnknownTimeZone(String),
    #[error("more than {max} were asked for at once")]
    TooMany { max: usize },
    #[error("the secret {model}.{field} cannot be opened: {source}")]
    Sealed { model: String, field: String, source: opbx_kernel::seal::OpenError },
    #[error("the record {id} of {model} does not fit its type: {reason}")]
    Unfit { model: String, id: RecordId, reason: String },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Records of one model that still name, by one field, a record that was to be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Referrer {
    pub model: String,
    /// The model's, for people.
    pub title: String,
    pub field: String,
    pub count: u64,
    /// The first of them by name; of all referrers together at most `REFERRERS_NAMED_MAX`.
    pub some: Vec<Named>,
    /// Those that these belong to, where they are but parts: the menus of keys, with the model they are of.
    pub wholes: Option<(String, Vec<Named>)>,
}

impl Referrer {
    /// `Ring group "Sales", "Support" and 3 more`
    fn sentence(&self) -> String {
        let names: Vec<String> = self.some.iter().map(|named| format!("{:?}", named.name)).collect();
        let more = self.count.saturating_sub(names.len() as u64);
        match (names.is_empty(), more) {
            (true, _) => format!("{} of {}", self.count, self.title),
            (false, 0) => format!("{} {}", self.title, names.join(", ")),
            (false, more) => format!("{} {} and {more} more", self.title, names.join(", ")),
        }
    }
}

fn referrers(by: &[Referrer], unseen: u64) -> String {
    let mut sentences: Vec<String> = by.iter().map(Referrer::sentence).collect();
    if unseen > 0 {
        sentences.push(format!("{unseen} that you may not see"));
    }
    sentences.join("; ")
}

/// Why a record cannot be saved or deleted.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    #[error("there is no model {0}")]
    UnknownModel(String),
    #[error("{model} has no field {field}")]
    UnknownField { model: String, field: String },
    #[error("{model}.{field} is not written directly")]
    NotWritable { model: String, field: String },
    #[error("{model}.{field} cannot change once the record exists")]
    Fixed { model: String, field: String },
    #[error("{model} is written by the installation's operator only")]
    OperatorOnly { model: String },
    #[error("{model} is written by the store itself: nobody creates, changes or deletes its records")]
    KeptHere { model: String },
    #[error("{model} is not machine-written: its records are saved and deleted one by one")]
    NotMachineWritten { model: String },
    #[error("{model}: {}", .faults.iter().map(|(field, fault)| format!("{field}: {fault}")).collect::<Vec<_>>().join("; "))]
    Invalid { model: String, faults: BTreeMap<String, FieldError> },
    #[error("another record of {model} has the same {}", .fields.join(", "))]
    Taken { model: String, fields: Vec<String> },
    #[error("{model}.{field} names a record that does not exist: {id}")]
    NoSuchRecord { model: String, field: String, id: RecordId },
    #[error("there is no record {id} of {model}")]
    Absent { model: String, id: RecordId },
    #[error("the record {id} of {model} was changed meanwhile; it is at version {current}")]
    Conflict { model: String, id: RecordId, current: i64 },
    /// `unseen` counts the referrers that whoever asks may not see; nothing else is said of them.
    #[error("{model} is still named by {}", referrers(.by, *.unseen))]
    Referenced { model: String, by: Vec<Referrer>, unseen: u64 },
    #[error("a record rule keeps you from it: {} the record {id} of {model}", .deed.as_str())]
    OutOfReach { model: String, id: RecordId, deed: Deed },
    #[error("a record rule forbids what the record of {model} would be then ({})", .deed.as_str())]
    ResultOutOfReach { model: String, deed: Deed },
    #[error("{model}.{field} names a record of another company: {id}")]
    OtherCompany { model: String, field: String, id: RecordId },
    #[error("more than {max} were given at once")]
    TooMany { max: usize },
    #[error("this transaction only reads")]
    ReadOnly,
    #[error("this transaction changed what has an order in its tenant and cannot turn to another tenant")]
    PlanPending,
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a transaction did not become lasting. Nothing of it was kept.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    #[error("the tenant of this transaction does not exist")]
    NoTenant,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl StoreError {
    pub fn code(&self) -> Code {
        match self {
            Self::Unreachable(_) => Code::new(Kind::Unavailable, "database_unreachable"),
            Self::Busy => Code::new(Kind::Unavailable, "database_busy"),
            Self::Spent => Code::new(Kind::Internal, "transaction_spent"),
            Self::Damaged { .. } => Code::new(Kind::Internal, "stored_value_damaged"),
            Self::Refused(_) => Code::new(Kind::Internal, "database_refused"),
        }
    }
}

impl OpenError {
    pub fn code(&self) -> Code {
        match self {
            Self::Unreachable { .. } => Code::new(Kind::Unavailable, "database_unreachable"),
            Self::TooManyDigits { .. } => Code::new(Kind::Internal, "too_many_digits"),
            Self::Unfenced { .. } => Code::new(Kind::Internal, "database_role_unfenced"),
        }
    }
}

impl SchemaError {
    pub fn code(&self) -> Code {
        match self {
            Self::WouldLose(_) => Code::new(Kind::Conflict, "schema_would_lose"),
            Self::Newer { .. } => Code::new(Kind::Conflict, "schema_newer"),
            Self::Broken { .. } => Code::new(Kind::Conflict, "schema_broken_by_records"),
            Self::Store(error) => error.code(),
        }
    }
}

impl ReadError {
    pub fn code(&self) -> Code {
        match self {
            Self::UnknownModel(_) => Code::new(Kind::Absent, "unknown_model"),
            Self::UnknownField { .. } => Code::new(Kind::Invalid, "unknown_field"),
            Self::NotComparable { .. } => Code::new(Kind::Invalid, "not_comparable"),
            Self::NotSortable { .. } => Code::new(Kind::Invalid, "not_sortable"),
            Self::NotGroupable { .. } => Code::new(Kind::Invalid, "not_groupable"),
            Self::NotAggregable { .. } => Code::new(Kind::Invalid, "not_aggregable"),
            Self::NoRecordsInside { .. } => Code::new(Kind::Invalid, "no_records_inside"),
            Self::UnknownTimeZone(_) => Code::new(Kind::Invalid, "unknown_time_zone"),
            Self::TooMany { .. } => Code::new(Kind::TooLarge, "too_many_records"),
            Self::Sealed { .. } => Code::new(Kind::Internal, "secret_sealed"),
            Self::Unfit { .. } => Code::new(Kind::Internal, "record_unfit"),
            Self::Store(error) => error.code(),
        }
    }
}

impl SaveError {
    pub fn code(&self) -> Code {
        match self {
            Self::UnknownModel(_) => Code::new(Kind::Absent, "unknown_model"),
            Self::UnknownField { .. } => Code::new(Kind::Invalid, "unknown_field"),
            Self::NotWritable { .. } => Code::new(Kind::Invalid, "not_writable"),
            Self::Fixed { .. } => Code::new(Kind::Invalid, "fixed_field"),
            Self::OperatorOnly { .. } => Code::new(Kind::Forbidden, "operator_only"),
            Self::KeptHere { .. } => Code::new(Kind::Forbidden, "kept_by_store"),
            Self::NotMachineWritten { .. } => Code::new(Kind::Internal, "not_machine_written"),
            Self::Invalid { .. } => Code::new(Kind::Invalid, "invalid_fields"),
            Self::Taken { .. } => Code::new(Kind::Conflict, "taken"),
            Self::NoSuchRecord { .. } => Code::new(Kind::Invalid, "no_such_record"),
            Self::Absent { .. } => Code::new(Kind::Absent, "no_record"),
            Self::Conflict { .. } => Code::new(Kind::Conflict, "changed_meanwhile"),
            Self::Referenced { .. } => Code::new(Kind::Conflict, "still_referenced"),
            Self::OutOfReach { .. } => Code::new(Kind::Forbidden, "rule_forbids"),
            Self::ResultOutOfReach { .. } => Code::new(Kind::Forbidden, "rule_forbids_result"),
            Self::OtherCompany { .. } => Code::new(Kind::Invalid, "other_company"),
            Self::TooMany { .. } => Code::new(Kind::TooLarge, "too_many_records"),
            Self::ReadOnly => Code::new(Kind::Internal, "transaction_only_reads"),
            Self::PlanPending => Code::new(Kind::Internal, "plan_pending"),
            Self::Read(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }
}

impl CommitError {
    pub fn code(&self) -> Code {
        match self {
            Self::NoTenant => Code::new(Kind::Absent, "no_tenant"),
            Self::Store(error) => error.code(),
        }
    }
}
