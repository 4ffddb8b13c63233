/** Words that tell nothing about what a text is about; question words among them, since answers do not hold them. */
export const stopWords: ReadonlySet<string> = new Set(
  `a about above after again against all also am an and any are as at be because been before being below between both but by
can could did do does doing down during each few for from further had has have having he her here hers herself him himself
his how i if in into is it its itself just let like ll may me might more most much must my myself no nor not now of off on
once only or other our ours ourselves out over own per re really s same she should so some such t than that the their theirs
them themselves then there these they this those through to too under until up upon us ve very was we were what when where
which while who whom whose why will with would you your yours yourself yourselves d m don didn doesn isn wasn aren won
couldn wouldn shouldn hasn haven hadn im ive id`.split(/\s+/),
);
