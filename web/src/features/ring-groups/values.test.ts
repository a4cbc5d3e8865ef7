// A ring group between the form and the API.

import { expect, test } from "vitest";
import type { RingGroup } from "@/api/catalogue";
import { EMPTY, toBody, toValues, type Values } from "./values";

const group = {
  id: 1, name: "Sales", description: null, strategy: "simultaneous", timeout: 30, ring_turns: 2, members: [{ extension_id: 3, priority: 1 }], status: "active",
  fallback_extension_id: null, fallback_ring_group_id: null, fallback_ivr_menu_id: null, fallback_ai_assistant_id: null, fallback_assistant_id: null, fallback_business_hours_id: null,
  fallback_conference_room_id: null, fallback_voicemail_id: null, fallback_forward_to: null,
};

test.each<[object, Values["fallback"], object]>([
  [{ fallback_action: "ring_group", fallback_ring_group_id: 7 }, { type: "ring_group", id: 7, to: null }, { fallback_action: "ring_group", fallback_ring_group_id: 7 }],
  [{ fallback_action: "ai_assistant", fallback_assistant_id: 4 }, { type: "assistant", id: 4, to: null }, { fallback_action: "ai_assistant", fallback_assistant_id: 4 }],
  [{ fallback_action: "ai_assistant", fallback_ai_assistant_id: 12, fallback_assistant_id: 4 }, { type: "extension", id: 12, to: null }, { fallback_action: "extension", fallback_extension_id: 12 }],
  [{ fallback_action: "forward", fallback_forward_to: "+12125550100" }, { type: "forward", id: null, to: "+12125550100" }, { fallback_action: "forward", fallback_forward_to: "+12125550100" }],
  [{ fallback_action: "hangup" }, { type: "hangup", id: null, to: null }, { fallback_action: "hangup" }],
])("%j is shown as what it leads to, and sent as that", (shown, fallback, sent) => {
  const values = toValues({ ...group, ...shown } as unknown as RingGroup);
  expect(values.fallback).toEqual(fallback);
  expect(toBody({ ...EMPTY, fallback })).toMatchObject(sent);
});
