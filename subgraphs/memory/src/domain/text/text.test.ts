import { describe, expect, it } from 'vitest';
import { namedActors, withoutNames } from './names.js';
import { isQuestion } from './question.js';
import { asksWhen, dateFit, mentionedDates, saysWhen } from './time-expressions.js';
import { terms } from './words.js';

describe('words', () => {
  it('meet whatever their case, accent and ending', () => {
    expect(terms('Running RUNS')).toEqual(['run', 'run']);
    expect(terms('café')).toEqual(terms('Cafe'));
    expect(terms("It's Ada's, isn't it")).toEqual(['ada']);
  });
  it('leave out what tells nothing', () => {
    expect(terms('What is it that you would do with the?')).toEqual([]);
  });
  it('of code are found by their parts', () => {
    expect(terms('parseConfig HTTPServer2 snake_case')).toEqual(
      expect.arrayContaining(['parseconfig', 'pars', 'config', 'server', 'snake', 'case']),
    );
  });
  it('of scripts without spaces are pairs', () => {
    expect(terms('東京都')).toEqual(['東京', '京都']);
    expect(terms('東')).toEqual(['東']);
  });
  it('that are no words are passed over', () => {
    expect(terms(`${'x'.repeat(65)} \u0001 🙂 --- ok`)).toEqual(['ok']);
  });
});

describe('names', () => {
  it('are taken out of what is embedded, with their marks', () => {
    expect(withoutNames("Hey Caroline! How is Melanie's dog, Caroline?", ['Caroline', 'Melanie Smith'])).toBe(
      'Hey! How is dog,?',
    );
    expect(withoutNames('Caroline', ['Caroline'])).toBe('Caroline');
    expect(withoutNames('The user said hello', ['user', 'assistant'])).toBe('The user said hello');
    expect(withoutNames('line by line', ['Caroline'])).toBe('line by line');
  });
  it('are recognised in a question in any part', () => {
    const actors = ['Ada Lovelace', 'Bob', 'user'];
    expect([...namedActors("What is ada's plan?", actors)]).toEqual(['Ada Lovelace']);
    expect([...namedActors('What did the user say to Bobby?', actors)]).toEqual([]);
  });
});

describe('times', () => {
  it.each([
    ['What happened in May 2023?', [{ year: 2023, month: 4, day: null }]],
    ['on 7 May 2023', [{ year: 2023, month: 4, day: 7 }]],
    ['on the 7th of may', [{ year: null, month: 4, day: 7 }]],
    ['on July 3rd, 2022', [{ year: 2022, month: 6, day: 3 }]],
    ['on 2024-02-29', [{ year: 2024, month: 1, day: 29 }]],
    ['back in 2019', [{ year: 2019, month: null, day: null }]],
    ['it may rain', []],
    ['Who may march?', []],
  ])('are read from “%s”', (text, dates) => {
    expect(mentionedDates(text)).toEqual(dates);
  });
  it('fit exactly, nearly, or not', () => {
    const may = { year: 2023, month: 4, day: null };
    expect(dateFit(new Date('2023-05-31T23:59:59Z'), may)).toBe(1);
    expect(dateFit(new Date('2023-06-05T00:00:00Z'), may)).toBeGreaterThan(0.5);
    expect(dateFit(new Date('2023-12-05T00:00:00Z'), may)).toBeLessThan(0.01);
    expect(dateFit(new Date('2023-12-05T00:00:00Z'), { year: 2023, month: null, day: null })).toBe(1);
  });
  it('are asked for and told', () => {
    expect(['When did she leave?', 'What year was it?', 'How long ago was that?'].every(asksWhen)).toBe(true);
    expect(asksWhen('Who left?')).toBe(false);
    expect(['I left yesterday', 'two weeks ago', 'since 2016', 'next month we go', 'on Friday'].map(saysWhen)).toEqual([
      true,
      true,
      true,
      true,
      true,
    ]);
    expect(saysWhen('I like tea')).toBe(false);
  });
});

describe('questions', () => {
  it('are told by how they end', () => {
    expect(isQuestion('Nice! What now?')).toBe(true);
    expect(isQuestion('What now? I will see.')).toBe(false);
    expect(isQuestion('')).toBe(false);
  });
});
