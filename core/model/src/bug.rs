//! What the protocol must not do: each breaks one rule, and has to be found.

/// A rule that is broken.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Bug {
    /// None: the protocol as it is.
    None,

    /// A join that names a session makes the register that there is not.
    ClientNamedRegister,
    /// A client whose register was evicted is taken for a new one.
    EvictedIsFresh,
    /// A decision is acknowledged before its record is durable.
    AckBeforeDurable,
    /// Readers are told of changes whose record is not durable.
    DeltaBeforeDurable,
    /// A mutation is sent before its name is durable.
    SendBeforePersist,
    /// What was seen is looked at before whether the mutation was decided already.
    PreconditionFirst,
    /// A decision is acknowledged by a message of its own.
    AckOutsideDelta,
    /// A refusal advances the register and is not kept in it.
    RefusalNotRecorded,
    /// A mutation is decided although one before it is missing.
    GapsAccepted,
    /// The decision and the register are two records.
    SplitRecord,
    /// Refusals are forgotten when they were told, not when they were heard.
    RefusalForgottenWhenTold,
    /// A client says that it has heard what it has not made durable.
    HeardBeforeDurable,
    /// A refusal is told once on a channel.
    RefusalToldOnce,
    /// A join over an older connection that comes late takes the place of a newer one.
    LateJoinSupersedes,
    /// A client that has caught up takes a delta that ends before what it holds.
    OlderDeltaTaken,

    /// A room that was restored from a backup keeps its epoch and its registers.
    RestoredUnderItsEpoch,
    /// What was seen at a version of another epoch counts as seen.
    SeenAcrossEpochs,
    /// Mutations keep their names in another epoch, and are sent again.
    NamesAcrossEpochs,

    /// Each chunk takes effect as it comes.
    ChunkTakenAlone,
    /// What was decided is told in the first chunk, and takes effect with it.
    VerdictInFirstChunk,
    /// A chunk ends within a version.
    CutInsideVersion,
    /// A chunk is taken although one before it is missing.
    ChunkGapAccepted,
    /// What changed is said relative to the chunk before, not to what the reader holds.
    ChunkOnChunk,

    /// The ops before the one that is refused are applied.
    HalfApplied,

    /// A mutation whose number was decided is a success, whatever its content.
    NoContentHash,
    /// A reader stays when another one of the same client comes.
    OlderReaderStays,

    /// A client takes a last decided mutation above its highest number.
    LastBeyondNamed,
    /// A client is let in that has heard less than it said once.
    HeardLessIsTaken,
    /// A client whose storage was rolled back sends all drafts again that it finds there.
    DraftsKeptAtRollback,
}
