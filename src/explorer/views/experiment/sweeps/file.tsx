/** Prompts from a file: its columns are the slots. */
import { useSignal } from '@preact/signals';
import { plain } from '../../../format/token.ts';
import { ProblemNotice } from '../../../parts/notice.tsx';
import type { Problem } from '../../../state/problem.ts';
import { counted } from '../aggregates.ts';
import { draft } from './draft.ts';
import { upload } from './upload.ts';

export function FileOfPrompts() {
  const problem = useSignal<Problem | undefined>(undefined);
  const isSending = useSignal(false);
  const { value: sent } = draft.upload;
  const send = async (file: File | undefined) => {
    if (!file) return;
    isSending.value = true;
    const told = await upload(file);
    isSending.value = false;
    problem.value = 'code' in told ? told : undefined;
    draft.upload.value = 'code' in told ? undefined : told;
  };
  return (
    <>
      <label class="wide">
        <b>File</b>{' '}
        <span class="quiet">CSV, JSON Lines or Parquet: a row for each prompt, whose columns are slots</span>
        <input
          type="file"
          accept=".csv,.jsonl,.ndjson,.parquet"
          onChange={({ currentTarget }) => void send(currentTarget.files?.[0])}
        />
      </label>
      <p class="quiet wide" role="status">
        {isSending.value && 'Sending …'}
        {!isSending.value &&
          sent &&
          `${plain(sent.name)}: ${counted(sent.rows)} rows, with ${sent.columns.map((column) => `{${plain(column)}}`).join(', ')}`}
      </p>
      {problem.value && <ProblemNotice problem={problem.value} />}
      <label class="wide">
        <b>Prompt</b> <span class="quiet">of each row, with columns in braces</span>
        <textarea
          rows={2}
          spellcheck={false}
          value={draft.filePrompt.value}
          onInput={({ currentTarget }) => (draft.filePrompt.value = currentTarget.value)}
        />
      </label>
    </>
  );
}
