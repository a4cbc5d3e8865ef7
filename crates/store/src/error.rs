//! Why the store did not do what it was asked: one enum for each kind of use.

use opbx_kernel::{Code, Kind, RecordId};
use opbx_platform::Op;
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
    #[error("the models would lose data, which needs a migration step that says so: {}", .0.join("; "))]
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
    #[error("more than {max} were asked for at once")]
    TooMany { max: usize },
    #[error("the secret {model}.{field} cannot be opened: {source}")]
    Sealed { model: String, field: String, source: opbx_kernel::seal::OpenError },
    #[error("the record {id} of {model} does not fit its type: {reason}")]
    Unfit { model: String, id: RecordId, reason: String },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Who still names a record that was to be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Referrer {
    pub model: String,
    pub field: String,
    pub count: u64,
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
    #[error("{model} is still named by {}", .by.iter().map(|r| format!("{} of {}.{}", r.count, r.model, r.field)).collect::<Vec<_>>().join(", "))]
    Referenced { model: String, by: Vec<Referrer> },
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
