/**
 * Migration n brings a database from version n to n + 1 (PRAGMA user_version). Released ones never change; a change
 * of the schema is a new one at the end. Times are milliseconds since 1970, UTC; JSON is text.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE datasets (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL COLLATE NOCASE,
    version INTEGER NOT NULL,
    root TEXT NOT NULL,
    source TEXT NOT NULL,
    classes TEXT NOT NULL,
    statistics TEXT NOT NULL,
    options TEXT NOT NULL,
    train INTEGER NOT NULL,
    validation INTEGER NOT NULL,
    test INTEGER NOT NULL,
    problems INTEGER NOT NULL,
    created INTEGER NOT NULL,
    UNIQUE (name, version)
  ) STRICT;
  CREATE INDEX datasets_by_source ON datasets (root, source);

  CREATE TABLE images (
    dataset INTEGER NOT NULL REFERENCES datasets ON DELETE CASCADE,
    position INTEGER NOT NULL,
    path TEXT NOT NULL,
    label INTEGER NOT NULL,
    split TEXT NOT NULL CHECK (split IN ('train', 'validation', 'test')),
    hash TEXT NOT NULL,
    fingerprint TEXT,
    format TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    color_mode TEXT NOT NULL,
    alpha INTEGER NOT NULL,
    bits INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (dataset, position)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE problems (
    dataset INTEGER NOT NULL REFERENCES datasets ON DELETE CASCADE,
    position INTEGER NOT NULL,
    path TEXT NOT NULL,
    code TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (dataset, position)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    status TEXT NOT NULL
      CHECK (status IN ('queued', 'running', 'paused', 'completed', 'stopped', 'interrupted', 'failed')),
    dataset INTEGER REFERENCES datasets ON DELETE SET NULL,
    parent INTEGER REFERENCES runs ON DELETE SET NULL,
    recipe TEXT NOT NULL,
    execution TEXT,
    error TEXT,
    notes TEXT NOT NULL DEFAULT '',
    tags TEXT NOT NULL DEFAULT '[]',
    archived INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL,
    started INTEGER,
    ended INTEGER,
    lease_host TEXT,
    lease_pid INTEGER,
    lease_process_started TEXT,
    lease_heartbeat INTEGER
  ) STRICT;
  CREATE INDEX runs_by_dataset ON runs (dataset);
  CREATE INDEX runs_by_parent ON runs (parent);

  CREATE TABLE epochs (
    run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    epoch INTEGER NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (run, epoch)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE checkpoints (
    run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    kind TEXT NOT NULL,
    path TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    step INTEGER NOT NULL,
    top1_error REAL,
    bytes INTEGER NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (run, kind)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE evaluations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    checkpoint TEXT NOT NULL,
    dataset INTEGER REFERENCES datasets ON DELETE SET NULL,
    split TEXT NOT NULL,
    result TEXT NOT NULL,
    created INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX evaluations_by_run ON evaluations (run);
  CREATE INDEX evaluations_by_dataset ON evaluations (dataset);

  CREATE TABLE predictions (
    evaluation INTEGER NOT NULL REFERENCES evaluations ON DELETE CASCADE,
    image INTEGER NOT NULL,
    label INTEGER NOT NULL,
    predicted INTEGER NOT NULL,
    top TEXT NOT NULL,
    PRIMARY KEY (evaluation, image)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX predictions_by_cell ON predictions (evaluation, label, predicted);

  CREATE TABLE exports (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    checkpoint TEXT NOT NULL,
    format TEXT NOT NULL,
    path TEXT NOT NULL,
    parity TEXT,
    created INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX exports_by_run ON exports (run);
  `,
  `
  CREATE TABLE corrections (
    name TEXT NOT NULL COLLATE NOCASE,
    path TEXT NOT NULL,
    correction TEXT NOT NULL,
    PRIMARY KEY (name, path)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  ALTER TABLE runs ADD COLUMN identity TEXT;
  UPDATE runs SET identity = lower(hex(randomblob(16)));

  CREATE TABLE registry (identity TEXT NOT NULL) STRICT;
  INSERT INTO registry VALUES (lower(hex(randomblob(16))));
  `,
  `
  ALTER TABLE runs ADD COLUMN changed_files TEXT;
  `,
  `
  CREATE TABLE ensembles (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    dataset INTEGER REFERENCES datasets ON DELETE SET NULL,
    split TEXT NOT NULL,
    result TEXT NOT NULL,
    created INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE ensemble_members (
    ensemble INTEGER NOT NULL REFERENCES ensembles ON DELETE CASCADE,
    place INTEGER NOT NULL,
    evaluation INTEGER NOT NULL REFERENCES evaluations ON DELETE CASCADE,
    PRIMARY KEY (ensemble, place)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX ensemble_members_by_evaluation ON ensemble_members (evaluation);
  `,
  `
  CREATE INDEX epochs_by_error ON epochs
    (run, json_extract(record, '$.validation.top1Error'), json_extract(record, '$.validation.loss'), epoch);
  `,
  `
  CREATE TABLE temperatures (
    evaluation INTEGER PRIMARY KEY REFERENCES evaluations ON DELETE CASCADE,
    fit TEXT NOT NULL,
    created INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE slices (
    dataset TEXT NOT NULL COLLATE NOCASE,
    name TEXT NOT NULL COLLATE NOCASE,
    definition TEXT NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (dataset, name)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  ALTER TABLE exports ADD COLUMN certificate TEXT;
  `,
  `
  ALTER TABLE runs ADD COLUMN like_run INTEGER REFERENCES runs ON DELETE SET NULL;
  CREATE INDEX runs_by_like ON runs (like_run);
  `,
  `
  CREATE TABLE plans (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    kind TEXT NOT NULL,
    dataset INTEGER REFERENCES datasets ON DELETE SET NULL,
    steps TEXT NOT NULL,
    created INTEGER NOT NULL
  ) STRICT;

  ALTER TABLE runs ADD COLUMN plan INTEGER REFERENCES plans ON DELETE SET NULL;
  ALTER TABLE runs ADD COLUMN step INTEGER;
  CREATE INDEX runs_by_plan ON runs (plan, step);
  CREATE INDEX plans_by_dataset ON plans (dataset);
  `,
  `
  ALTER TABLE plans ADD COLUMN halving TEXT;
  `,
  `
  CREATE TABLE confirmed_labels (
    name TEXT NOT NULL COLLATE NOCASE,
    path TEXT NOT NULL,
    class TEXT NOT NULL,
    PRIMARY KEY (name, path)
  ) STRICT, WITHOUT ROWID;
  `,
]
