// Generated from src/machine/lifecycle.ts by `npm run generate`. Change the machine, not this file.
import type { ChartGeometry } from './geometry.ts';

/** The chart of the lifecycle, laid out. */
export const lifecycleChart: ChartGeometry = {
  "width": 1014,
  "height": 1247,
  "title": "The lifecycle of a sandbox",
  "description": "The life of one cloud sandbox, from the request for it until it is gone for good.",
  "states": [
    {
      "path": "pending",
      "label": "pending",
      "description": "The sandbox is being scheduled and booted. It cannot take work yet.",
      "lines": [
        "The sandbox is being",
        "scheduled and booted.",
        "It cannot take work yet."
      ],
      "final": false,
      "box": {
        "x": 416,
        "y": 56,
        "width": 166,
        "height": 162
      },
      "stays": [
        {
          "event": "boot.progressed",
          "kind": "report",
          "meaning": "The platform tells what the boot waits for.",
          "guard": "hasNewPendingReason",
          "condition": "new pending reason",
          "wraps": true,
          "box": {
            "x": 430,
            "y": 153,
            "width": 138,
            "height": 34
          }
        },
        {
          "event": "rename",
          "kind": "command",
          "meaning": "A name is given or changed.",
          "guard": "isNewName",
          "condition": "new name",
          "wraps": false,
          "box": {
            "x": 430,
            "y": 187,
            "width": 129,
            "height": 17
          }
        }
      ],
      "states": []
    },
    {
      "path": "running",
      "label": "running",
      "description": "The sandbox is live and takes commands, file operations and processes.",
      "lines": [
        "The sandbox is live and",
        "takes commands, file",
        "operations and processes."
      ],
      "final": false,
      "box": {
        "x": 369,
        "y": 295,
        "width": 203,
        "height": 145
      },
      "stays": [
        {
          "event": "keepalive",
          "kind": "command",
          "meaning": "Activity: the limit counts from now.",
          "guard": "movesLimitLater",
          "condition": "moves limit later",
          "wraps": false,
          "box": {
            "x": 383,
            "y": 392,
            "width": 175,
            "height": 17
          }
        },
        {
          "event": "rename",
          "kind": "command",
          "meaning": "A name is given or changed; a first one makes it named.",
          "guard": "isNewName",
          "condition": "new name",
          "wraps": false,
          "box": {
            "x": 383,
            "y": 409,
            "width": 129,
            "height": 17
          }
        }
      ],
      "states": []
    },
    {
      "path": "snapshotting",
      "label": "snapshotting",
      "description": "A snapshot is being captured; the sandbox comes back to running when that is over.",
      "lines": [
        "A snapshot is being captured;",
        "the sandbox comes back to",
        "running when that is over."
      ],
      "final": false,
      "box": {
        "x": 50,
        "y": 577,
        "width": 203,
        "height": 145
      },
      "stays": [
        {
          "event": "keepalive",
          "kind": "command",
          "meaning": "Activity: the limit counts from now.",
          "guard": "movesLimitLater",
          "condition": "moves limit later",
          "wraps": false,
          "box": {
            "x": 64,
            "y": 674,
            "width": 175,
            "height": 17
          }
        },
        {
          "event": "rename",
          "kind": "command",
          "meaning": "A name is given or changed.",
          "guard": "isNewName",
          "condition": "new name",
          "wraps": false,
          "box": {
            "x": 64,
            "y": 691,
            "width": 129,
            "height": 17
          }
        }
      ],
      "states": []
    },
    {
      "path": "suspending",
      "label": "suspending",
      "description": "A named sandbox is being paused in place, by command or because its limit is up.",
      "lines": [
        "A named sandbox is being",
        "paused in place, by command",
        "or because its limit is up."
      ],
      "final": false,
      "box": {
        "x": 354,
        "y": 586,
        "width": 197,
        "height": 128
      },
      "stays": [
        {
          "event": "rename",
          "kind": "command",
          "meaning": "The name is changed.",
          "guard": "isNewName",
          "condition": "new name",
          "wraps": false,
          "box": {
            "x": 368,
            "y": 683,
            "width": 129,
            "height": 17
          }
        }
      ],
      "states": []
    },
    {
      "path": "suspended",
      "label": "suspended",
      "description": "A named sandbox is paused: its state is kept for a resume under the same id.",
      "lines": [
        "A named sandbox is paused: its state",
        "is kept for a resume under the same id."
      ],
      "final": false,
      "box": {
        "x": 319,
        "y": 811,
        "width": 517,
        "height": 237
      },
      "stays": [
        {
          "event": "rename",
          "kind": "command",
          "meaning": "The name is changed.",
          "guard": "isNewName",
          "condition": "new name",
          "wraps": false,
          "box": {
            "x": 333,
            "y": 891,
            "width": 129,
            "height": 17
          }
        }
      ],
      "states": [
        {
          "path": "suspended.idle",
          "label": "idle",
          "description": "Paused, and nobody has asked for it back.",
          "lines": [
            "Paused, and nobody",
            "has asked for it back."
          ],
          "final": false,
          "box": {
            "x": 369,
            "y": 922,
            "width": 150,
            "height": 101
          },
          "stays": [],
          "states": []
        },
        {
          "path": "suspended.resuming",
          "label": "resuming",
          "description": "Still paused, and on the way back. Seen from outside it is suspended.",
          "lines": [
            "Still paused, and on the",
            "way back. Seen from",
            "outside it is suspended."
          ],
          "final": false,
          "box": {
            "x": 659,
            "y": 922,
            "width": 163,
            "height": 101
          },
          "stays": [],
          "states": []
        }
      ]
    },
    {
      "path": "terminated",
      "label": "terminated",
      "description": "The sandbox is gone for good, and the way it ended is kept. Nothing leaves this state.",
      "lines": [
        "The sandbox is gone for good, and the way it ended is kept. Nothing leaves this state."
      ],
      "final": true,
      "box": {
        "x": 20,
        "y": 1160,
        "width": 974,
        "height": 67
      },
      "stays": [],
      "states": []
    }
  ],
  "edges": [
    {
      "source": "pending",
      "target": "running",
      "points": [
        {
          "x": 471,
          "y": 218
        },
        {
          "x": 471,
          "y": 295
        }
      ],
      "labels": [
        {
          "event": "boot.completed",
          "kind": "report",
          "meaning": "The boot is done: the limit starts to count.",
          "guard": "answersOperation",
          "wraps": false,
          "box": {
            "x": 358,
            "y": 254,
            "width": 104,
            "height": 17
          }
        }
      ]
    },
    {
      "source": "pending",
      "target": "terminated",
      "points": [
        {
          "x": 527,
          "y": 218
        },
        {
          "x": 527,
          "y": 236
        },
        {
          "x": 974,
          "y": 236
        },
        {
          "x": 974,
          "y": 1160
        }
      ],
      "labels": [
        {
          "event": "boot.failed",
          "kind": "report",
          "meaning": "The platform could not boot it.",
          "guard": "answersOperation",
          "wraps": false,
          "box": {
            "x": 873,
            "y": 1089,
            "width": 75,
            "height": 17
          }
        },
        {
          "event": "timeout",
          "kind": "clock",
          "meaning": "The boot took longer than it may.",
          "guard": "isDue",
          "condition": "due",
          "wraps": false,
          "box": {
            "x": 873,
            "y": 1106,
            "width": 92,
            "height": 17
          }
        },
        {
          "event": "terminate",
          "kind": "command",
          "meaning": "Called off before it was up; the boot is void.",
          "wraps": false,
          "box": {
            "x": 873,
            "y": 1123,
            "width": 68,
            "height": 17
          }
        }
      ]
    },
    {
      "source": "running",
      "target": "snapshotting",
      "points": [
        {
          "x": 398,
          "y": 440
        },
        {
          "x": 398,
          "y": 458
        },
        {
          "x": 118,
          "y": 458
        },
        {
          "x": 118,
          "y": 577
        }
      ],
      "labels": [
        {
          "event": "snapshot",
          "kind": "command",
          "meaning": "A reusable copy of its files, memory and processes is asked for.",
          "guard": "hasSnapshotId",
          "condition": "snapshot id",
          "wraps": true,
          "box": {
            "x": 20,
            "y": 490,
            "width": 89,
            "height": 34
          }
        }
      ]
    },
    {
      "source": "running",
      "target": "suspending",
      "points": [
        {
          "x": 464,
          "y": 440
        },
        {
          "x": 464,
          "y": 559
        },
        {
          "x": 420,
          "y": 559
        },
        {
          "x": 420,
          "y": 586
        }
      ],
      "labels": [
        {
          "event": "suspend",
          "kind": "command",
          "meaning": "A person pauses it; only a named sandbox can be paused.",
          "guard": "isNamed",
          "condition": "named",
          "wraps": false,
          "box": {
            "x": 340,
            "y": 490,
            "width": 115,
            "height": 17
          }
        },
        {
          "event": "timeout",
          "kind": "clock",
          "meaning": "The limit of a named sandbox is up: it is paused.",
          "guard": "isDueAndNamed",
          "condition": "due and named",
          "wraps": true,
          "box": {
            "x": 340,
            "y": 507,
            "width": 111,
            "height": 34
          }
        }
      ]
    },
    {
      "source": "running",
      "target": "terminated",
      "points": [
        {
          "x": 543,
          "y": 440
        },
        {
          "x": 543,
          "y": 458
        },
        {
          "x": 852,
          "y": 458
        },
        {
          "x": 852,
          "y": 1160
        }
      ],
      "labels": [
        {
          "event": "timeout",
          "kind": "clock",
          "meaning": "The limit of an ephemeral sandbox is up: it ends.",
          "guard": "isDue",
          "condition": "due",
          "wraps": false,
          "box": {
            "x": 723,
            "y": 1072,
            "width": 92,
            "height": 17
          }
        },
        {
          "event": "crashed",
          "kind": "report",
          "meaning": "The thing that ran is gone.",
          "guard": "isSameIncarnation",
          "condition": "same incarnation",
          "wraps": true,
          "box": {
            "x": 723,
            "y": 1089,
            "width": 120,
            "height": 34
          }
        },
        {
          "event": "terminate",
          "kind": "command",
          "meaning": "A person ends it.",
          "wraps": false,
          "box": {
            "x": 723,
            "y": 1123,
            "width": 68,
            "height": 17
          }
        }
      ]
    },
    {
      "source": "snapshotting",
      "target": "running",
      "points": [
        {
          "x": 180,
          "y": 577
        },
        {
          "x": 180,
          "y": 472
        },
        {
          "x": 427,
          "y": 472
        },
        {
          "x": 427,
          "y": 440
        }
      ],
      "labels": [
        {
          "event": "snapshot.completed",
          "kind": "report",
          "meaning": "The snapshot is captured.",
          "guard": "answersOperation",
          "wraps": false,
          "box": {
            "x": 190,
            "y": 490,
            "width": 130,
            "height": 17
          }
        },
        {
          "event": "snapshot.failed",
          "kind": "report",
          "meaning": "The capture failed; the sandbox is as it was.",
          "guard": "answersOperation",
          "wraps": false,
          "box": {
            "x": 190,
            "y": 507,
            "width": 101,
            "height": 17
          }
        },
        {
          "event": "timeout",
          "kind": "clock",
          "meaning": "The capture took longer than it may and is given up.",
          "guard": "isDue",
          "condition": "due",
          "wraps": false,
          "box": {
            "x": 190,
            "y": 524,
            "width": 92,
            "height": 17
          }
        }
      ]
    },
    {
      "source": "snapshotting",
      "target": "terminated",
      "points": [
        {
          "x": 152,
          "y": 722
        },
        {
          "x": 152,
          "y": 1160
        }
      ],
      "labels": [
        {
          "event": "crashed",
          "kind": "report",
          "meaning": "The thing that ran is gone, and the capture with it.",
          "guard": "isSameIncarnation",
          "condition": "same incarnation",
          "wraps": true,
          "box": {
            "x": 23,
            "y": 1089,
            "width": 120,
            "height": 34
          }
        },
        {
          "event": "terminate",
          "kind": "command",
          "meaning": "A person ends it; the capture is void.",
          "wraps": false,
          "box": {
            "x": 23,
            "y": 1123,
            "width": 68,
            "height": 17
          }
        }
      ]
    },
    {
      "source": "suspending",
      "target": "suspended",
      "points": [
        {
          "x": 485,
          "y": 714
        },
        {
          "x": 485,
          "y": 811
        }
      ],
      "labels": [
        {
          "event": "suspend.completed",
          "kind": "report",
          "meaning": "It is paused and consumes no compute.",
          "guard": "answersOperation",
          "wraps": false,
          "box": {
            "x": 350,
            "y": 758,
            "width": 126,
            "height": 17
          }
        }
      ]
    },
    {
      "source": "suspending",
      "target": "running",
      "points": [
        {
          "x": 485,
          "y": 586
        },
        {
          "x": 485,
          "y": 440
        }
      ],
      "labels": [
        {
          "event": "suspend.failed",
          "kind": "report",
          "meaning": "The pause failed; it runs on, and the limit is put off.",
          "guard": "answersOperation",
          "wraps": false,
          "box": {
            "x": 495,
            "y": 490,
            "width": 97,
            "height": 17
          }
        },
        {
          "event": "timeout",
          "kind": "clock",
          "meaning": "The pause took longer than it may; it runs on, and the limit is put off.",
          "guard": "isDue",
          "condition": "due",
          "wraps": false,
          "box": {
            "x": 495,
            "y": 507,
            "width": 92,
            "height": 17
          }
        }
      ]
    },
    {
      "source": "suspending",
      "target": "terminated",
      "points": [
        {
          "x": 420,
          "y": 714
        },
        {
          "x": 420,
          "y": 740
        },
        {
          "x": 302,
          "y": 740
        },
        {
          "x": 302,
          "y": 1160
        }
      ],
      "labels": [
        {
          "event": "crashed",
          "kind": "report",
          "meaning": "The thing that ran is gone before it was paused.",
          "guard": "isSameIncarnation",
          "condition": "same incarnation",
          "wraps": true,
          "box": {
            "x": 173,
            "y": 1089,
            "width": 120,
            "height": 34
          }
        },
        {
          "event": "terminate",
          "kind": "command",
          "meaning": "A person ends it; the pause is void.",
          "wraps": false,
          "box": {
            "x": 173,
            "y": 1123,
            "width": 68,
            "height": 17
          }
        }
      ]
    },
    {
      "source": "suspended",
      "target": "terminated",
      "points": [
        {
          "x": 444,
          "y": 1048
        },
        {
          "x": 444,
          "y": 1160
        }
      ],
      "labels": [
        {
          "event": "terminate",
          "kind": "command",
          "meaning": "A person ends it; a resume in flight is void.",
          "wraps": false,
          "box": {
            "x": 367,
            "y": 1123,
            "width": 68,
            "height": 17
          }
        }
      ]
    },
    {
      "source": "suspended.resuming",
      "target": "running",
      "points": [
        {
          "x": 741,
          "y": 922
        },
        {
          "x": 741,
          "y": 472
        },
        {
          "x": 514,
          "y": 472
        },
        {
          "x": 514,
          "y": 440
        }
      ],
      "labels": [
        {
          "event": "resume.completed",
          "kind": "report",
          "meaning": "It is back: a new incarnation, and the limit starts to count anew.",
          "guard": "answersOperation",
          "wraps": false,
          "box": {
            "x": 612,
            "y": 490,
            "width": 120,
            "height": 17
          }
        }
      ]
    },
    {
      "source": "suspended.idle",
      "target": "suspended.resuming",
      "points": [
        {
          "x": 519,
          "y": 956
        },
        {
          "x": 659,
          "y": 956
        }
      ],
      "labels": [
        {
          "event": "resume",
          "kind": "command",
          "meaning": "A person asks for it back.",
          "wraps": false,
          "box": {
            "x": 561,
            "y": 929,
            "width": 56,
            "height": 17
          }
        }
      ]
    },
    {
      "source": "suspended.resuming",
      "target": "suspended.idle",
      "points": [
        {
          "x": 659,
          "y": 989
        },
        {
          "x": 519,
          "y": 989
        }
      ],
      "labels": [
        {
          "event": "resume.failed",
          "kind": "report",
          "meaning": "The resume failed; it stays paused and can be asked for again.",
          "guard": "answersOperation",
          "wraps": false,
          "box": {
            "x": 543,
            "y": 999,
            "width": 91,
            "height": 17
          }
        },
        {
          "event": "timeout",
          "kind": "clock",
          "meaning": "The resume took longer than it may; it stays paused.",
          "guard": "isDue",
          "condition": "due",
          "wraps": false,
          "box": {
            "x": 543,
            "y": 1016,
            "width": 92,
            "height": 17
          }
        }
      ]
    }
  ],
  "starts": [
    {
      "target": "pending",
      "dot": {
        "x": 499,
        "y": 26
      },
      "points": [
        {
          "x": 499,
          "y": 32
        },
        {
          "x": 499,
          "y": 56
        }
      ]
    },
    {
      "target": "suspended.idle",
      "dot": {
        "x": 339,
        "y": 973
      },
      "points": [
        {
          "x": 345,
          "y": 973
        },
        {
          "x": 369,
          "y": 973
        }
      ]
    }
  ],
  "legend": [
    {
      "kind": "command",
      "lines": [
        "command from a person"
      ],
      "box": {
        "x": 20,
        "y": 20,
        "width": 152,
        "height": 17
      }
    },
    {
      "kind": "report",
      "lines": [
        "report from the platform: without brackets,",
        "it must answer the operation in flight"
      ],
      "box": {
        "x": 20,
        "y": 40,
        "width": 257,
        "height": 34
      }
    },
    {
      "kind": "clock",
      "lines": [
        "the clock: a deadline has passed"
      ],
      "box": {
        "x": 20,
        "y": 77,
        "width": 199,
        "height": 17
      }
    }
  ]
};
