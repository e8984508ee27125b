// Generated from src/machine/lifecycle.ts by `npm run generate`. Change the machine, not this file.
import type { ChartGeometry } from './geometry.ts';

/** The chart of the lifecycle, laid out. */
export const lifecycleChart: ChartGeometry = {
  "width": 1060,
  "height": 1649,
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
        "x": 427,
        "y": 56,
        "width": 186,
        "height": 247
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
            "x": 441,
            "y": 153,
            "width": 147,
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
            "x": 441,
            "y": 187,
            "width": 139,
            "height": 17
          }
        },
        {
          "event": "setTimeouts",
          "kind": "command",
          "meaning": "Limits are set. They count once the sandbox runs.",
          "guard": "setsOtherTimeouts",
          "condition": "sets other timeouts",
          "wraps": true,
          "box": {
            "x": 441,
            "y": 204,
            "width": 143,
            "height": 34
          }
        },
        {
          "event": "configure",
          "kind": "command",
          "meaning": "Ports or network change. The platform applies them once the sandbox runs.",
          "wraps": false,
          "box": {
            "x": 441,
            "y": 238,
            "width": 72,
            "height": 17
          }
        },
        {
          "event": "deadline.moved",
          "kind": "clock",
          "meaning": "The boot gets another deadline, for time in which no host was there.",
          "guard": "isOtherDeadline",
          "condition": "other deadline",
          "wraps": true,
          "box": {
            "x": 441,
            "y": 255,
            "width": 112,
            "height": 34
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
        "x": 394,
        "y": 380,
        "width": 189,
        "height": 213
      },
      "stays": [
        {
          "event": "keepalive",
          "kind": "command",
          "meaning": "Activity restarts the idle limit.",
          "guard": "movesIdleLimitLater",
          "condition": "moves idle limit later",
          "wraps": true,
          "box": {
            "x": 408,
            "y": 477,
            "width": 152,
            "height": 34
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
            "x": 408,
            "y": 511,
            "width": 139,
            "height": 17
          }
        },
        {
          "event": "setTimeouts",
          "kind": "command",
          "meaning": "Limits are set. A run limit that is given counts from now.",
          "guard": "setsOtherTimeouts",
          "condition": "sets other timeouts",
          "wraps": true,
          "box": {
            "x": 408,
            "y": 528,
            "width": 143,
            "height": 34
          }
        },
        {
          "event": "configure",
          "kind": "command",
          "meaning": "Ports or network change. The platform applies them now.",
          "wraps": false,
          "box": {
            "x": 408,
            "y": 562,
            "width": 72,
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
        "x": 54,
        "y": 730,
        "width": 210,
        "height": 247
      },
      "stays": [
        {
          "event": "keepalive",
          "kind": "command",
          "meaning": "Activity restarts the idle limit.",
          "guard": "movesIdleLimitLater",
          "condition": "moves idle limit later",
          "wraps": true,
          "box": {
            "x": 68,
            "y": 827,
            "width": 152,
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
            "x": 68,
            "y": 861,
            "width": 139,
            "height": 17
          }
        },
        {
          "event": "setTimeouts",
          "kind": "command",
          "meaning": "Limits are set. A run limit that is given counts from now.",
          "guard": "setsOtherTimeouts",
          "condition": "sets other timeouts",
          "wraps": true,
          "box": {
            "x": 68,
            "y": 878,
            "width": 143,
            "height": 34
          }
        },
        {
          "event": "configure",
          "kind": "command",
          "meaning": "Ports or network change. The platform applies them now.",
          "wraps": false,
          "box": {
            "x": 68,
            "y": 912,
            "width": 72,
            "height": 17
          }
        },
        {
          "event": "deadline.moved",
          "kind": "clock",
          "meaning": "The capture gets another deadline, for time in which no host was there.",
          "guard": "isOtherDeadline",
          "condition": "other deadline",
          "wraps": true,
          "box": {
            "x": 68,
            "y": 929,
            "width": 112,
            "height": 34
          }
        }
      ],
      "states": []
    },
    {
      "path": "suspending",
      "label": "suspending",
      "description": "A named sandbox is being paused in place, by command or because a run limit expired.",
      "lines": [
        "A named sandbox is being",
        "paused in place, by command",
        "or because a run limit expired."
      ],
      "final": false,
      "box": {
        "x": 359,
        "y": 747,
        "width": 215,
        "height": 213
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
            "x": 373,
            "y": 844,
            "width": 139,
            "height": 17
          }
        },
        {
          "event": "setTimeouts",
          "kind": "command",
          "meaning": "Limits are set. A run limit that is given counts from now.",
          "guard": "setsOtherTimeouts",
          "condition": "sets other timeouts",
          "wraps": true,
          "box": {
            "x": 373,
            "y": 861,
            "width": 143,
            "height": 34
          }
        },
        {
          "event": "configure",
          "kind": "command",
          "meaning": "Ports or network change. The platform applies them once the sandbox runs again.",
          "wraps": false,
          "box": {
            "x": 373,
            "y": 895,
            "width": 72,
            "height": 17
          }
        },
        {
          "event": "deadline.moved",
          "kind": "clock",
          "meaning": "The suspend gets another deadline, for time in which no host was there.",
          "guard": "isOtherDeadline",
          "condition": "other deadline",
          "wraps": true,
          "box": {
            "x": 373,
            "y": 912,
            "width": 112,
            "height": 34
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
        "x": 336,
        "y": 1066,
        "width": 538,
        "height": 304
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
            "y": 1146,
            "width": 139,
            "height": 17
          }
        },
        {
          "event": "setTimeouts",
          "kind": "command",
          "meaning": "Limits are set. A suspended limit that is given counts from now.",
          "guard": "setsOtherTimeouts",
          "condition": "sets other timeouts",
          "wraps": false,
          "box": {
            "x": 350,
            "y": 1163,
            "width": 224,
            "height": 17
          }
        },
        {
          "event": "configure",
          "kind": "command",
          "meaning": "Ports or network change. The platform applies them once the sandbox runs again.",
          "wraps": false,
          "box": {
            "x": 350,
            "y": 1180,
            "width": 72,
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
            "x": 386,
            "y": 1211,
            "width": 150,
            "height": 145
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
            "x": 684,
            "y": 1211,
            "width": 176,
            "height": 145
          },
          "stays": [
            {
              "event": "deadline.moved",
              "kind": "clock",
              "meaning": "The resume gets another deadline, for time in which no host was there.",
              "guard": "isOtherDeadline",
              "condition": "other deadline",
              "wraps": true,
              "box": {
                "x": 698,
                "y": 1308,
                "width": 112,
                "height": 34
              }
            }
          ],
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
        "y": 1562,
        "width": 1020,
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
          "x": 489,
          "y": 303
        },
        {
          "x": 489,
          "y": 380
        }
      ],
      "labels": [
        {
          "event": "boot.completed",
          "kind": "report",
          "meaning": "The boot is complete. Both run limits start.",
          "guard": "answersOperation",
          "wraps": false,
          "box": {
            "x": 370,
            "y": 339,
            "width": 110,
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
          "x": 551,
          "y": 303
        },
        {
          "x": 551,
          "y": 321
        },
        {
          "x": 1020,
          "y": 321
        },
        {
          "x": 1020,
          "y": 1562
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
            "x": 911,
            "y": 1491,
            "width": 79,
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
            "x": 911,
            "y": 1508,
            "width": 100,
            "height": 17
          }
        },
        {
          "event": "terminate",
          "kind": "command",
          "meaning": "The user ends it before it runs. The boot is void.",
          "wraps": false,
          "box": {
            "x": 911,
            "y": 1525,
            "width": 74,
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
          "x": 421,
          "y": 593
        },
        {
          "x": 421,
          "y": 611
        },
        {
          "x": 124,
          "y": 611
        },
        {
          "x": 124,
          "y": 730
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
            "y": 643,
            "width": 95,
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
          "x": 481,
          "y": 593
        },
        {
          "x": 481,
          "y": 712
        },
        {
          "x": 431,
          "y": 712
        },
        {
          "x": 431,
          "y": 747
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
            "x": 349,
            "y": 643,
            "width": 123,
            "height": 17
          }
        },
        {
          "event": "timeout",
          "kind": "clock",
          "meaning": "A run limit of a named sandbox expired. It is paused.",
          "guard": "isDueAndNamed",
          "condition": "due and named",
          "wraps": true,
          "box": {
            "x": 349,
            "y": 660,
            "width": 119,
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
          "x": 556,
          "y": 593
        },
        {
          "x": 556,
          "y": 611
        },
        {
          "x": 890,
          "y": 611
        },
        {
          "x": 890,
          "y": 1562
        }
      ],
      "labels": [
        {
          "event": "timeout",
          "kind": "clock",
          "meaning": "A run limit of an ephemeral sandbox expired. It ends.",
          "guard": "isDue",
          "condition": "due",
          "wraps": false,
          "box": {
            "x": 751,
            "y": 1406,
            "width": 100,
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
            "x": 751,
            "y": 1423,
            "width": 130,
            "height": 34
          }
        },
        {
          "event": "exited",
          "kind": "report",
          "meaning": "Its program ended by itself with exit code 0.",
          "guard": "isSuccessfulExit",
          "condition": "successful exit",
          "wraps": true,
          "box": {
            "x": 751,
            "y": 1457,
            "width": 114,
            "height": 34
          }
        },
        {
          "event": "exited",
          "kind": "report",
          "meaning": "Its program ended by itself without success.",
          "guard": "isSameIncarnation",
          "condition": "same incarnation",
          "wraps": true,
          "box": {
            "x": 751,
            "y": 1491,
            "width": 130,
            "height": 34
          }
        },
        {
          "event": "terminate",
          "kind": "command",
          "meaning": "The user ends it.",
          "wraps": false,
          "box": {
            "x": 751,
            "y": 1525,
            "width": 74,
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
          "x": 194,
          "y": 730
        },
        {
          "x": 194,
          "y": 712
        },
        {
          "x": 181,
          "y": 712
        },
        {
          "x": 181,
          "y": 625
        },
        {
          "x": 448,
          "y": 625
        },
        {
          "x": 448,
          "y": 593
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
            "x": 191,
            "y": 643,
            "width": 138,
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
            "x": 191,
            "y": 660,
            "width": 108,
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
            "x": 191,
            "y": 677,
            "width": 100,
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
          "x": 159,
          "y": 977
        },
        {
          "x": 159,
          "y": 1562
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
            "x": 20,
            "y": 1423,
            "width": 130,
            "height": 34
          }
        },
        {
          "event": "exited",
          "kind": "report",
          "meaning": "Its program ended by itself with exit code 0. The capture is void.",
          "guard": "isSuccessfulExit",
          "condition": "successful exit",
          "wraps": true,
          "box": {
            "x": 20,
            "y": 1457,
            "width": 114,
            "height": 34
          }
        },
        {
          "event": "exited",
          "kind": "report",
          "meaning": "Its program ended by itself without success. The capture is void.",
          "guard": "isSameIncarnation",
          "condition": "same incarnation",
          "wraps": true,
          "box": {
            "x": 20,
            "y": 1491,
            "width": 130,
            "height": 34
          }
        },
        {
          "event": "terminate",
          "kind": "command",
          "meaning": "The user ends it. The capture is void.",
          "wraps": false,
          "box": {
            "x": 20,
            "y": 1525,
            "width": 74,
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
          "x": 502,
          "y": 960
        },
        {
          "x": 502,
          "y": 1066
        }
      ],
      "labels": [
        {
          "event": "suspend.completed",
          "kind": "report",
          "meaning": "The sandbox is paused and consumes no compute. Its suspended limit starts.",
          "guard": "answersOperation",
          "wraps": false,
          "box": {
            "x": 359,
            "y": 1013,
            "width": 134,
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
          "x": 502,
          "y": 747
        },
        {
          "x": 502,
          "y": 593
        }
      ],
      "labels": [
        {
          "event": "suspend.failed",
          "kind": "report",
          "meaning": "The suspend failed. The sandbox runs on, and its run limits are extended by the retry delay.",
          "guard": "answersOperation",
          "wraps": false,
          "box": {
            "x": 512,
            "y": 643,
            "width": 103,
            "height": 17
          }
        },
        {
          "event": "timeout",
          "kind": "clock",
          "meaning": "The suspend exceeded its time limit. The sandbox runs on, and its run limits are extended by the retry delay.",
          "guard": "isDue",
          "condition": "due",
          "wraps": false,
          "box": {
            "x": 512,
            "y": 660,
            "width": 100,
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
          "x": 431,
          "y": 960
        },
        {
          "x": 431,
          "y": 995
        },
        {
          "x": 319,
          "y": 995
        },
        {
          "x": 319,
          "y": 1562
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
            "x": 180,
            "y": 1491,
            "width": 130,
            "height": 34
          }
        },
        {
          "event": "terminate",
          "kind": "command",
          "meaning": "The user ends it. The suspend is void.",
          "wraps": false,
          "box": {
            "x": 180,
            "y": 1525,
            "width": 74,
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
          "x": 772,
          "y": 1370
        },
        {
          "x": 772,
          "y": 1388
        },
        {
          "x": 526,
          "y": 1388
        },
        {
          "x": 526,
          "y": 1562
        }
      ],
      "labels": [
        {
          "event": "terminate",
          "kind": "command",
          "meaning": "The user ends it. A resume in flight is void.",
          "wraps": false,
          "box": {
            "x": 536,
            "y": 1525,
            "width": 74,
            "height": 17
          }
        }
      ]
    },
    {
      "source": "suspended.idle",
      "target": "terminated",
      "points": [
        {
          "x": 461,
          "y": 1356
        },
        {
          "x": 461,
          "y": 1562
        }
      ],
      "labels": [
        {
          "event": "timeout",
          "kind": "clock",
          "meaning": "The suspended limit expired. The sandbox ends.",
          "guard": "isDue",
          "condition": "due",
          "wraps": false,
          "box": {
            "x": 346,
            "y": 1491,
            "width": 100,
            "height": 17
          }
        },
        {
          "event": "lost",
          "kind": "report",
          "meaning": "The suspended sandbox no longer exists on the platform.",
          "guard": "isSameVersion",
          "condition": "same version",
          "wraps": true,
          "box": {
            "x": 346,
            "y": 1508,
            "width": 106,
            "height": 34
          }
        }
      ]
    },
    {
      "source": "suspended.resuming",
      "target": "running",
      "points": [
        {
          "x": 772,
          "y": 1211
        },
        {
          "x": 772,
          "y": 625
        },
        {
          "x": 529,
          "y": 625
        },
        {
          "x": 529,
          "y": 593
        }
      ],
      "labels": [
        {
          "event": "resume.completed",
          "kind": "report",
          "meaning": "The sandbox runs again, as a new incarnation. Both run limits restart.",
          "guard": "answersOperation",
          "wraps": false,
          "box": {
            "x": 635,
            "y": 643,
            "width": 128,
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
          "x": 536,
          "y": 1259
        },
        {
          "x": 684,
          "y": 1259
        }
      ],
      "labels": [
        {
          "event": "resume",
          "kind": "command",
          "meaning": "The user resumes it.",
          "wraps": false,
          "box": {
            "x": 580,
            "y": 1232,
            "width": 60,
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
          "x": 684,
          "y": 1308
        },
        {
          "x": 536,
          "y": 1308
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
            "x": 560,
            "y": 1318,
            "width": 98,
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
            "x": 560,
            "y": 1335,
            "width": 100,
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
        "x": 520,
        "y": 26
      },
      "points": [
        {
          "x": 520,
          "y": 32
        },
        {
          "x": 520,
          "y": 56
        }
      ]
    },
    {
      "target": "suspended.idle",
      "dot": {
        "x": 356,
        "y": 1284
      },
      "points": [
        {
          "x": 362,
          "y": 1284
        },
        {
          "x": 386,
          "y": 1284
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
        "width": 149,
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
        "width": 278,
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
        "width": 213,
        "height": 17
      }
    }
  ]
};
