import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { StopSignals } from './stop-signals.ts';

/** A process that signals can be sent to, and its clock in ms. */
function open() {
  const exits: number[] = [];
  const clock = { now: 0 };
  const source = Object.assign(new EventEmitter(), { exit: (code: number) => exits.push(code) });
  const signals = new StopSignals(source as unknown as NodeJS.Process, () => clock.now);
  const send = (signal: string, at: number) => {
    clock.now = at;
    source.emit(signal, signal);
  };
  return { signals, send, exits, source };
}

it.each([
  ['SIGHUP', 129],
  ['SIGINT', 130],
  ['SIGUSR1', 138],
  ['SIGUSR2', 140],
  ['SIGTERM', 143],
])('%s asks to stop: exit code %i', (signal, code) => {
  const { signals, send, exits } = open();
  const told: string[] = [];
  signals.onStop((received) => told.push(received));
  expect([signals.exitCode, signals.signal.aborted]).toEqual([null, false]);
  send(signal, 5);
  expect([signals.exitCode, signals.signal.aborted, told]).toEqual([code, true, [signal]]);
  expect(exits).toEqual([]);
});

it('counts Ctrl-C that a launcher passes on once, and ends at once where a person presses it again', () => {
  const { send, exits } = open();
  send('SIGINT', 50);
  send('SIGINT', 1049);
  expect(exits).toEqual([]);
  send('SIGINT', 1050);
  expect(exits).toEqual([130]);
});

it('is not hastened by what follows a warning', () => {
  const { signals, send, exits } = open();
  send('SIGUSR1', 0);
  for (const signal of ['SIGUSR1', 'SIGTERM', 'SIGHUP', 'SIGHUP', 'SIGUSR2']) send(signal, 60_000);
  expect([signals.exitCode, exits]).toEqual([138, []]);
  send('SIGINT', 61_000);
  expect(exits).toEqual([130]);
});

it('tells of a signal that came before anybody asked, and listens no longer than asked to', () => {
  const { signals, send, source } = open();
  send('SIGUSR2', 0);
  const told: string[] = [];
  signals.onStop((received) => told.push(received));
  expect(told).toEqual(['SIGUSR2']);
  signals.close();
  expect(source.eventNames()).toEqual([]);
});
