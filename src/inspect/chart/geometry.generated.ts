// Generated from src/machine/lifecycle.ts by `npm run generate`. Change the machine, not this file.
import type { ChartGeometry } from './geometry.ts';

/** The chart of the lifecycle, laid out. */
export const lifecycleChart: ChartGeometry = {
  "width": 1007,
  "height": 1247,
  "title": "The lifecycle of a sandbox",
  "description": "The life of one cloud sandbox, from its creation to its end.",
  "states": [
    {
      "path": "pending",
      "label": "pending",
      "description": "The sandbox is being scheduled and booted. It does not accept work yet.",
      "lines": [
        "The sandbox is being",
        "scheduled and booted. It",
        "does not accept work yet."
      ],
      "final": false,
      "box": {
        "x": 404,
        "y": 56,
        "width": 176,
        "height": 162
      },
      "stays": [
        {
          "event": "boot.progressed",
          "kind": "report",
          "meaning": "The platform reports what the boot waits for.",
          "guard": "hasNewPendingReason",
          "condition": "new pending reason",
          "wraps": true,
          "box": {
            "x": 418,
            "y": 153,
            "width": 138,
            "height": 34
          }
        },
        {
          "event": "rename",
          "kind": "command",
          "meaning": "A name is set or changed.",
          "guard": "isNewName",
          "condition": "new name",
          "wraps": false,
          "box": {
            "x": 418,
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
      "description": "The sandbox is live and accepts commands, file operations and processes.",
      "lines": [
        "The sandbox is live and",
        "accepts commands, file",
        "operations and processes."
      ],
      "final": false,
      "box": {
        "x": 361,
        "y": 295,
        "width": 203,
        "height": 145
      },
      "stays": [
        {
          "event": "keepalive",
          "kind": "command",
          "meaning": "Activity restarts the time limit.",
          "guard": "movesLimitLater",
          "condition": "moves limit later",
          "wraps": false,
          "box": {
            "x": 375,
            "y": 392,
            "width": 175,
            "height": 17
          }
        },
        {
          "event": "rename",
          "kind": "command",
          "meaning": "A name is set or changed. A first name makes the sandbox named.",
          "guard": "isNewName",
          "condition": "new name",
          "wraps": false,
          "box": {
            "x": 375,
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
      "description": "A snapshot is being captured. The sandbox returns to running afterwards.",
      "lines": [
        "A snapshot is being captured.",
        "The sandbox returns to",
        "running afterwards."
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
          "meaning": "Activity restarts the time limit.",
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
          "meaning": "A name is set or changed.",
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
      "description": "A named sandbox is being paused in place, by command or because its time limit expired.",
      "lines": [
        "A named sandbox is being",
        "paused in place, by command or",
        "because its time limit expired."
      ],
      "final": false,
      "box": {
        "x": 336,
        "y": 586,
        "width": 212,
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
            "x": 350,
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
      "description": "A named sandbox is paused. Its state is kept for a resume under the same id.",
      "lines": [
        "A named sandbox is paused. Its state",
        "is kept for a resume under the same id."
      ],
      "final": false,
      "box": {
        "x": 319,
        "y": 811,
        "width": 510,
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
          "description": "Paused, without a resume in progress.",
          "lines": [
            "Paused, without a",
            "resume in progress."
          ],
          "final": false,
          "box": {
            "x": 369,
            "y": 922,
            "width": 141,
            "height": 101
          },
          "stays": [],
          "states": []
        },
        {
          "path": "suspended.resuming",
          "label": "resuming",
          "description": "A resume is in progress. The API shows the status suspended.",
          "lines": [
            "A resume is in progress.",
            "The API shows the",
            "status suspended."
          ],
          "final": false,
          "box": {
            "x": 650,
            "y": 922,
            "width": 165,
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
      "description": "The sandbox has ended. Its outcome is kept. Nothing leaves this state.",
      "lines": [
        "The sandbox has ended. Its outcome is kept. Nothing leaves this state."
      ],
      "final": true,
      "box": {
        "x": 20,
        "y": 1160,
        "width": 967,
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
          "x": 463,
          "y": 218
        },
        {
          "x": 463,
          "y": 295
        }
      ],
      "labels": [
        {
          "event": "boot.completed",
          "kind": "report",
          "meaning": "The boot is complete. The time limit starts.",
          "guard": "answersOperation",
          "wraps": false,
          "box": {
            "x": 350,
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
          "x": 521,
          "y": 218
        },
        {
          "x": 521,
          "y": 236
        },
        {
          "x": 967,
          "y": 236
        },
        {
          "x": 967,
          "y": 1160
        }
      ],
      "labels": [
        {
          "event": "boot.failed",
          "kind": "report",
          "meaning": "The platform could not boot the sandbox.",
          "guard": "answersOperation",
          "wraps": false,
          "box": {
            "x": 866,
            "y": 1089,
            "width": 75,
            "height": 17
          }
        },
        {
          "event": "timeout",
          "kind": "clock",
          "meaning": "The boot exceeded its time limit.",
          "guard": "isDue",
          "condition": "due",
          "wraps": false,
          "box": {
            "x": 866,
            "y": 1106,
            "width": 92,
            "height": 17
          }
        },
        {
          "event": "terminate",
          "kind": "command",
          "meaning": "The user ends it before it runs. The boot is void.",
          "wraps": false,
          "box": {
            "x": 866,
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
          "x": 390,
          "y": 440
        },
        {
          "x": 390,
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
          "meaning": "The user requests a reusable copy of its files, memory and processes.",
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
          "x": 456,
          "y": 440
        },
        {
          "x": 456,
          "y": 559
        },
        {
          "x": 407,
          "y": 559
        },
        {
          "x": 407,
          "y": 586
        }
      ],
      "labels": [
        {
          "event": "suspend",
          "kind": "command",
          "meaning": "The user pauses it. Only a named sandbox can be paused.",
          "guard": "isNamed",
          "condition": "named",
          "wraps": false,
          "box": {
            "x": 332,
            "y": 490,
            "width": 115,
            "height": 17
          }
        },
        {
          "event": "timeout",
          "kind": "clock",
          "meaning": "The time limit of a named sandbox expired. It is paused.",
          "guard": "isDueAndNamed",
          "condition": "due and named",
          "wraps": true,
          "box": {
            "x": 332,
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
          "x": 535,
          "y": 440
        },
        {
          "x": 535,
          "y": 458
        },
        {
          "x": 845,
          "y": 458
        },
        {
          "x": 845,
          "y": 1160
        }
      ],
      "labels": [
        {
          "event": "timeout",
          "kind": "clock",
          "meaning": "The time limit of an ephemeral sandbox expired. It ends.",
          "guard": "isDue",
          "condition": "due",
          "wraps": false,
          "box": {
            "x": 716,
            "y": 1072,
            "width": 92,
            "height": 17
          }
        },
        {
          "event": "crashed",
          "kind": "report",
          "meaning": "The running incarnation no longer exists.",
          "guard": "isSameIncarnation",
          "condition": "same incarnation",
          "wraps": true,
          "box": {
            "x": 716,
            "y": 1089,
            "width": 120,
            "height": 34
          }
        },
        {
          "event": "terminate",
          "kind": "command",
          "meaning": "The user ends it.",
          "wraps": false,
          "box": {
            "x": 716,
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
          "x": 185,
          "y": 577
        },
        {
          "x": 185,
          "y": 559
        },
        {
          "x": 172,
          "y": 559
        },
        {
          "x": 172,
          "y": 472
        },
        {
          "x": 419,
          "y": 472
        },
        {
          "x": 419,
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
            "x": 182,
            "y": 490,
            "width": 130,
            "height": 17
          }
        },
        {
          "event": "snapshot.failed",
          "kind": "report",
          "meaning": "The capture failed. The sandbox is as before.",
          "guard": "answersOperation",
          "wraps": false,
          "box": {
            "x": 182,
            "y": 507,
            "width": 101,
            "height": 17
          }
        },
        {
          "event": "timeout",
          "kind": "clock",
          "meaning": "The capture exceeded its time limit and is abandoned.",
          "guard": "isDue",
          "condition": "due",
          "wraps": false,
          "box": {
            "x": 182,
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
          "meaning": "The running incarnation no longer exists. The capture is void.",
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
          "meaning": "The user ends it. The capture is void.",
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
          "x": 477,
          "y": 714
        },
        {
          "x": 477,
          "y": 811
        }
      ],
      "labels": [
        {
          "event": "suspend.completed",
          "kind": "report",
          "meaning": "The sandbox is paused and consumes no compute.",
          "guard": "answersOperation",
          "wraps": false,
          "box": {
            "x": 342,
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
          "x": 477,
          "y": 586
        },
        {
          "x": 477,
          "y": 440
        }
      ],
      "labels": [
        {
          "event": "suspend.failed",
          "kind": "report",
          "meaning": "The suspend failed. The sandbox runs on, with an extended time limit.",
          "guard": "answersOperation",
          "wraps": false,
          "box": {
            "x": 487,
            "y": 490,
            "width": 97,
            "height": 17
          }
        },
        {
          "event": "timeout",
          "kind": "clock",
          "meaning": "The suspend exceeded its time limit. The sandbox runs on, with an extended time limit.",
          "guard": "isDue",
          "condition": "due",
          "wraps": false,
          "box": {
            "x": 487,
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
          "x": 407,
          "y": 714
        },
        {
          "x": 407,
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
          "meaning": "The running incarnation stopped existing before it was paused.",
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
          "meaning": "The user ends it. The suspend is void.",
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
          "x": 440,
          "y": 1048
        },
        {
          "x": 440,
          "y": 1160
        }
      ],
      "labels": [
        {
          "event": "terminate",
          "kind": "command",
          "meaning": "The user ends it. A resume in flight is void.",
          "wraps": false,
          "box": {
            "x": 363,
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
          "x": 733,
          "y": 922
        },
        {
          "x": 733,
          "y": 472
        },
        {
          "x": 506,
          "y": 472
        },
        {
          "x": 506,
          "y": 440
        }
      ],
      "labels": [
        {
          "event": "resume.completed",
          "kind": "report",
          "meaning": "The sandbox runs again, as a new incarnation. The time limit restarts.",
          "guard": "answersOperation",
          "wraps": false,
          "box": {
            "x": 604,
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
          "x": 510,
          "y": 956
        },
        {
          "x": 650,
          "y": 956
        }
      ],
      "labels": [
        {
          "event": "resume",
          "kind": "command",
          "meaning": "The user resumes it.",
          "wraps": false,
          "box": {
            "x": 552,
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
          "x": 650,
          "y": 989
        },
        {
          "x": 510,
          "y": 989
        }
      ],
      "labels": [
        {
          "event": "resume.failed",
          "kind": "report",
          "meaning": "The resume failed. The sandbox stays paused and can be resumed again.",
          "guard": "answersOperation",
          "wraps": false,
          "box": {
            "x": 534,
            "y": 999,
            "width": 91,
            "height": 17
          }
        },
        {
          "event": "timeout",
          "kind": "clock",
          "meaning": "The resume exceeded its time limit. The sandbox stays paused.",
          "guard": "isDue",
          "condition": "due",
          "wraps": false,
          "box": {
            "x": 534,
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
        "x": 492,
        "y": 26
      },
      "points": [
        {
          "x": 492,
          "y": 32
        },
        {
          "x": 492,
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
        "command from a user"
      ],
      "box": {
        "x": 20,
        "y": 20,
        "width": 138,
        "height": 17
      }
    },
    {
      "kind": "report",
      "lines": [
        "report from the platform: without brackets,",
        "it must be about the operation in flight"
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
