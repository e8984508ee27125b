import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createApi, parseTokens } from '../../../../../src/server/index.ts';
import { hostFixture } from '../../../../harness/server/host-fixture.ts';

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');
const sha256 = hashOf('a');
const other = hashOf('b');

describe('a line of the tokens', () => {
  test('has the fields after the namespace in any order', () => {
    expect(
      parseTokens(`\uFEFF${sha256} team expires=2027-01-01 ada scopes=read\r
${other} * scopes=metrics expires=2027-01-01T12:30:00Z # of the monitoring`),
    ).toEqual([
      { sha256, namespace: 'team', name: 'ada', scopes: ['read'], expiresAt: Date.UTC(2027, 0, 1) },
      { sha256: other, namespace: '*', scopes: ['metrics'], expiresAt: Date.UTC(2027, 0, 1, 12, 30) },
    ]);
  });

  test.each([
    [`${sha256}`, 'does not have a SHA-256 in hex and a namespace'],
    [`${sha256.slice(1)} team`, 'does not have a SHA-256 in hex and a namespace'],
    [`${sha256} te/am`, 'does not have a SHA-256 in hex and a namespace'],
    [`${sha256} team ada bob`, 'has two fields for the owner: use one.'],
    [`${sha256} team scopes=read scopes=write`, 'has two fields for the scopes: use one.'],
    [`${sha256} team scopes=`, 'has an invalid scope: use read, write, metrics and admin.'],
    [`${sha256} team scopes=read,root`, 'has an invalid scope: use read, write, metrics and admin.'],
    [`${sha256} * scopes=read`, 'has an invalid scope: use metrics and admin for an operator'],
    [`${sha256} team expires=2027-02-31`, 'has an invalid expiry: use a date such as 2027-01-01'],
    [`${sha256} team expires=tomorrow`, 'has an invalid expiry: use a date such as 2027-01-01'],
    [`${sha256} team expires=2027-01-01T10:00`, 'has an invalid expiry: use a date such as 2027-01-01'],
    [`${sha256} team scope=read`, 'has an invalid owner'],
    [`${hashOf('')} team`, 'is the SHA-256 of an empty text'],
    [`${hashOf('\n')} team`, 'is the SHA-256 of an empty text'],
    [`${hashOf('\r\n').toUpperCase()} team`, 'is the SHA-256 of an empty text'],
  ])('that is invalid (%s) is named', (line, problem) => {
    expect(() => parseTokens(`# tokens\n${line}`)).toThrow(`Line 2 of the tokens ${problem}`);
  });
});

describe('tokens that a program passes', () => {
  const on = hostFixture();

  test.each([
    [{ sha256: 'open sesame', namespace: 'team' }, 'does not have a SHA-256'],
    [{ sha256: other, namespace: 'team', scopes: [] }, 'has an invalid scope'],
    [{ sha256: other, namespace: 'team', name: 'clock' }, 'has an invalid owner'],
    [
      { sha256: other, namespace: 'team', expiresAt: Number.NaN },
      'has an invalid expiry: use a time in epoch ms',
    ],
    [{ sha256: sha256.toUpperCase(), namespace: 'other' }, 'has the same token as token 1'],
  ])('are checked as well (%j)', (token, problem) => {
    const tokens = [{ sha256, namespace: 'team' }, token];
    expect(() => createApi(on.host, { tokens })).toThrow(`Token 2 ${problem}`);
  });
});
