/** What is asked: the prompt, the target, the method; what that would take, and where it stands. */
import { later } from '../../parts/later.tsx';
import { Notice, ProblemNotice } from '../../parts/notice.tsx';
import { followModels, models, modelsProblem } from '../../state/models.ts';
import { askAnswer, beside, explain, explanation } from '../../state/workspace.ts';
import { AnswerMenu } from './answer-menu.tsx';
import { askIn } from './ask.ts';
import { draftExcess } from './excess.ts';
import { ExplainButton } from './explain.tsx';
import { CompareMenu, MethodMenu } from './method-menu.tsx';
import { Outcome } from './outcome.tsx';
import { Target } from './target.tsx';
import { TextBox } from './text-box.tsx';
import { StripToggle, TokenStrip } from './token-strip.tsx';
import './prompt.css';
import './controls.css';

const OverBudget = later((more) => more.OverBudget);

export function PromptBar() {
  return (
    <>
      {modelsProblem.value && <ProblemNotice problem={modelsProblem.value} again={() => void followModels()} />}
      {models.value?.length === 0 && <NoModels />}
      <form class="prompt" onSubmit={submit} onKeyDown={submitByKey}>
        <TextBox />
        <ExplainButton />
        <TokenStrip />
        <div class="why">
          <Target />
          <MethodMenu />
          <CompareMenu />
          <AnswerMenu />
          <StripToggle />
        </div>
      </form>
      {draftExcess.value && <OverBudget words={draftExcess.value} />}
      {[explanation.value, beside.value].map((one) => one && <Outcome key={one} explanation={one} />)}
    </>
  );
}

function NoModels() {
  return (
    <Notice kind="empty">
      <p>There is no model yet. Add one from the hub or from a folder; it appears here as soon as it is there:</p>
      <pre>npm run models -- add openai-community/gpt2</pre>
    </Notice>
  );
}

function submit(event: Event): void {
  event.preventDefault();
  askIn(event.currentTarget as HTMLElement, explain);
}

function submitByKey(event: KeyboardEvent): void {
  if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  askIn(event.currentTarget as HTMLElement, event.shiftKey ? askAnswer : explain);
}
